// What of a Play measures: each worker from the begin to the end of a phase, or of the part of it
// that it spends in one cgroup with one cpuset.
#include "guest/workload/play.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace ktstr::workload {

namespace {

bool everyone(const Worker& /*worker*/) {
    return true;
}

SchedStat schedstat(Worker& worker) {
    if (worker.tid == 0) {
        worker.tid = worker.page->tid.load();
    }
    // One that never came so far as to say its thread has a process all the same.
    const auto tid = worker.tid != 0 ? worker.tid : worker.pid;
    return read_schedstat(worker.pid, tid).value_or(worker.base.tally.sched);
}

Counters look_at(Worker& worker, std::int64_t now_ns) {
    auto counters = worker.is_custom() ? Counters{} : take(*worker.page, worker.begin_ns, now_ns);
    counters.tally.sched = schedstat(worker);
    return counters;
}

} // namespace

void Play::begin_phase() {
    measured_.phases.push_back({.index = scope_,
                                .begin_ns = guest::monotonic_ns(),
                                .scheduler = around_.scheduler_name()});
    crew_.control().epoch_ns.store(measured_.phases.back().begin_ns);
    in_phase_ = true;
    host_begin_ = read_host_time();
    programs_begin_ = around_.program_costs();
    begin_measuring(everyone);
}

void Play::end_phase() {
    auto& phase = measured_.phases.back();
    end_measuring(everyone);
    const auto host = read_host_time();
    phase.host = {.busy_ns = host.busy_ns - host_begin_.busy_ns,
                  .steal_ns = host.steal_ns - host_begin_.steal_ns};
    phase.end_ns = guest::monotonic_ns();
    phase.programs = costs_between(programs_begin_, around_.program_costs());
    in_phase_ = false;
}

// The epoch counts up on both sides of the taking: before it, so that a CPU that a worker read
// earlier is read again; after it, so that each worker notes its CPU for what begins now.
void Play::begin_measuring(const Which& which) {
    if (!in_phase_) {
        return;
    }
    crew_.control().epoch.fetch_add(1);
    for (auto& worker : crew_.workers()) {
        if (!worker.started || worker.measured || !which(worker)) {
            continue;
        }
        const auto now = guest::monotonic_ns();
        worker.begin_ns = now;
        worker.measured = true;
        worker.base = look_at(worker, now);
        worker.allowed = worker.allowed | cpus_of(worker.cgroup);
    }
    crew_.control().epoch.fetch_add(1);
}

void Play::end_measuring(const Which& which) {
    for (auto& worker : crew_.workers()) {
        if (!worker.measured || !which(worker)) {
            continue;
        }
        const auto now = guest::monotonic_ns();
        auto counters = look_at(worker, now);
        counters.tally.subtract(worker.base.tally);
        counters.wakes.subtract(worker.base.wakes);
        worker.measured = false;
        record(worker, counters, now);
        if (worker.is_custom()) {
            row_of(worker).counted = false;
        }
    }
}

Group& Play::group_of(const Worker& worker) {
    return measured_.phases.back().cgroups[worker.cgroup.empty() ? "/" : worker.cgroup];
}

WorkerRow& Play::row_of(const Worker& worker) {
    return group_of(worker).workers[worker.number];
}

void Play::record(const Worker& worker, const Counters& counters, std::int64_t now_ns) {
    auto& group = group_of(worker);
    auto& row = row_of(worker);
    row.tid = worker.tid != 0 ? worker.tid : worker.pid;
    row.tally.add(counters.tally);
    row.measured_ns += now_ns - worker.begin_ns;
    const auto allowed = worker.is_custom() ? worker.allowed : cpus_of(worker.cgroup);
    row.outside = row.outside | counters.tally.cpus.without(allowed);
    group.wakes.add(counters.wakes);
    look_at_pages(worker, group.pages);
}

std::int64_t Play::planned_hold_ns() const {
    std::int64_t held = 0;
    for (const auto& step : scenario_.steps) {
        const auto left = std::max<std::int64_t>(0, scenario_.duration_ns - held);
        const auto part =
            static_cast<std::int64_t>(step.hold.frac * static_cast<double>(scenario_.duration_ns));
        held += step.hold.kind == Hold::Kind::fixed  ? step.hold.ns
                : step.hold.kind == Hold::Kind::frac ? std::min(part, left)
                                                     : left;
    }
    return held;
}

// When the next one is due, in the middle of its part of the holds; `until_ns` when there is none.
std::int64_t Play::snapshot_due_ns(std::int64_t until_ns) const {
    if (scope_ == 0 || snapshots_ >= scenario_.snapshots) {
        return until_ns;
    }
    const auto share = (snapshots_ + 0.5) / scenario_.snapshots;
    const auto held = static_cast<std::int64_t>(share * static_cast<double>(planned_hold_ns()));
    return std::min(until_ns, hold_begin_ns_ + held - held_ns_);
}

void Play::take_snapshot() {
    struct Sum {
        std::uint64_t iterations = 0;
        std::uint64_t cpu_time_ns = 0;
    };

    std::map<std::string, Sum> sums;
    for (auto& worker : crew_.workers()) {
        auto& sum = sums[worker.cgroup.empty() ? "/" : worker.cgroup];
        sum.iterations += worker.is_custom() ? 0 : worker.page->iterations.load();
        sum.cpu_time_ns += schedstat(worker).cpu_time_ns;
    }
    auto text = "snapshot " + std::to_string(++snapshots_) + ":";
    for (const auto& [name, sum] : sums) {
        text += " " + name + " " + std::to_string(sum.iterations) + " iterations, " +
                std::to_string(sum.cpu_time_ns / 1'000'000) + " ms of CPU;";
    }
    text.pop_back();
    note(std::move(text));
}

namespace {

// Nodes that the worker's memory should be on.
CpuSet home_nodes(const WorkSpec& spec,
                  const std::vector<unsigned>& mems,
                  const CpuSet& cpus,
                  const Topology& topology) {
    if (spec.memory && !spec.memory->nodes.empty()) {
        return CpuSet(spec.memory->nodes);
    }
    if (spec.numa_node) {
        return CpuSet::one(*spec.numa_node);
    }
    if (!mems.empty()) {
        return CpuSet(mems);
    }
    CpuSet nodes;
    for (const auto cpu : cpus.numbers()) {
        nodes.add(topology.node_of(cpu));
    }
    return nodes;
}

} // namespace

// move_pages(2) without nodes moves nothing, it tells where pages are. With one node there is
// nothing to ask.
void Play::look_at_pages(const Worker& worker, Pages& pages) const {
    constexpr std::size_t page_bytes = 4096;
    constexpr std::size_t most_pages = 1024; // evenly over the buffer
    const auto bytes = worker.is_custom() ? 0 : worker.page->buffer_bytes.load();
    const auto count = std::min<std::size_t>(most_pages, bytes / page_bytes);
    if (count == 0) {
        return;
    }
    if (topology_.nodes.size() == 1) {
        pages.add({.seen = count, .local = count});
        return;
    }
    const auto known = known_.find(worker.cgroup);
    const auto home =
        home_nodes(worker.batch->spec,
                   known == known_.end() ? std::vector<unsigned>{} : known->second.mems,
                   cpus_of(worker.cgroup),
                   topology_);
    const auto step = bytes / page_bytes / count * page_bytes;
    std::vector<std::uint64_t> addresses;
    for (std::size_t index = 0; index < count; ++index) {
        addresses.push_back(worker.page->buffer.load() + index * step);
    }
    std::vector<int> nodes(count, -1);
    if (::syscall(SYS_move_pages, worker.pid, count, addresses.data(), nullptr, nodes.data(), 0) !=
        0) {
        return;
    }
    for (const auto node : nodes) {
        if (node < 0) {
            continue; // not there: given back, swapped out
        }
        const auto number = static_cast<unsigned>(node);
        const bool slow = number < topology_.nodes.size() && topology_.nodes[number].empty();
        pages.add({.seen = 1, .local = home.has(number) ? 1U : 0U, .slow = slow ? 1U : 0U});
    }
}

} // namespace ktstr::workload
