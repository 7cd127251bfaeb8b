#include "guest/workload/looker.hpp"

#include <sched.h>

#include <algorithm>

namespace ktstr::workload {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// The page has one writer for it.
template <typename T, typename U> void add(std::atomic<T>& counter, U more) {
    counter.store(counter.load(relaxed) + static_cast<T>(more), relaxed);
}

// The engine may take it, and leave 0, at any time.
void raise(std::atomic<std::int64_t>& most, std::int64_t value) {
    auto old = most.load(relaxed);
    while (value > old && !most.compare_exchange_weak(old, value, relaxed)) {
    }
}

} // namespace

void Looker::begin() {
    last_ns_ = guest::monotonic_ns();
    page_->last_look_ns.store(last_ns_, relaxed);
    page_->due_ns.store(due_now, relaxed);
    page_->state.store(WorkerState::running, std::memory_order_release);
    note_cpu();
}

void Looker::count(std::uint64_t iterations, std::uint64_t units) {
    add(page_->iterations, iterations);
    add(page_->work_units, units);
}

void Looker::iteration(std::uint64_t units) {
    count(1, units);
    look();
}

std::int64_t Looker::look() {
    const auto now = guest::monotonic_ns();
    note_gap(last_ns_, now);
    last_ns_ = now;
    page_->last_look_ns.store(now, relaxed);
    note_cpu();
    return now;
}

// What was of the gap before the measuring began anew counted there already.
void Looker::note_gap(std::int64_t from_ns, std::int64_t now_ns) {
    if (now_ns - from_ns > page_->max_gap_ns.load(relaxed)) {
        raise(page_->max_gap_ns, now_ns - std::max(from_ns, control_->epoch_ns.load(relaxed)));
    }
}

void Looker::note_cpu() {
    auto epoch = control_->epoch.load(std::memory_order_acquire);
    auto cpu = ::sched_getcpu();
    if ((cpu == cpu_ && epoch == epoch_) || cpu < 0 || cpu >= static_cast<int>(most_cpus)) {
        return;
    }
    // The engine changes cpusets, then the epoch: a CPU that was read before that is read again.
    while (epoch != control_->epoch.load(std::memory_order_acquire)) {
        epoch = control_->epoch.load(std::memory_order_acquire);
        cpu = ::sched_getcpu();
    }
    const auto now = static_cast<unsigned>(cpu);
    page_->cpus[now / 64].fetch_or(std::uint64_t{1} << (now % 64), relaxed);
    if (cpu_ >= 0 && cpu != cpu_) {
        const auto& nodes = control_->node_of_cpu;
        add(page_->migrations, 1);
        add(page_->cross_node_migrations, nodes[now] != nodes[static_cast<unsigned>(cpu_)] ? 1 : 0);
    }
    cpu_ = cpu;
    epoch_ = epoch;
}

void Looker::woke() {
    const auto due = page_->due_ns.exchange(due_now);
    last_ns_ = guest::monotonic_ns();
    // Nobody said that he woke us: there was nothing to wait for.
    if (due != due_when_woken && due <= last_ns_) {
        const auto late = last_ns_ - due;
        add(page_->wakes[bucket_of(static_cast<std::uint64_t>(late))], 1U);
        add(page_->wake_sum, static_cast<double>(late));
        add(page_->wake_squares, static_cast<double>(late) * static_cast<double>(late));
        raise(page_->max_wake_ns, late);
        note_gap(due, last_ns_);
    }
    page_->last_look_ns.store(last_ns_, relaxed);
    note_cpu();
}

void Looker::wakes(WorkerPage& other) {
    auto due = due_when_woken;
    other.due_ns.compare_exchange_strong(due, guest::monotonic_ns());
}

} // namespace ktstr::workload
