#include "guest/workload/sample.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace ktstr::workload {

namespace {

// The next number of a line of them.
std::optional<std::uint64_t> next_number(std::string_view& text) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

} // namespace

std::optional<SchedStat> parse_schedstat(std::string_view text) {
    const auto cpu_time = next_number(text);
    const auto run_delay = next_number(text);
    const auto timeslices = next_number(text);
    if (!cpu_time || !run_delay || !timeslices) {
        return std::nullopt;
    }
    return SchedStat{
        .cpu_time_ns = *cpu_time, .run_delay_ns = *run_delay, .timeslices = *timeslices};
}

std::optional<SchedStat> read_schedstat(pid_t pid, pid_t tid) {
    const auto text = guest::read_file("/proc/" + std::to_string(pid) + "/task/" +
                                       std::to_string(tid) + "/schedstat");
    return text ? parse_schedstat(*text) : std::nullopt;
}

namespace {

// Counters of a task that has gone cannot be read: what is not there has not grown.
std::uint64_t since(std::uint64_t now, std::uint64_t before) {
    return now > before ? now - before : 0;
}

} // namespace

void Tally::subtract(const Tally& before) {
    iterations = since(iterations, before.iterations);
    work_units = since(work_units, before.work_units);
    migrations = since(migrations, before.migrations);
    cross_node_migrations = since(cross_node_migrations, before.cross_node_migrations);
    sched.cpu_time_ns = since(sched.cpu_time_ns, before.sched.cpu_time_ns);
    sched.run_delay_ns = since(sched.run_delay_ns, before.sched.run_delay_ns);
    sched.timeslices = since(sched.timeslices, before.sched.timeslices);
}

void Tally::add(const Tally& more) {
    iterations += more.iterations;
    work_units += more.work_units;
    migrations += more.migrations;
    cross_node_migrations += more.cross_node_migrations;
    sched.cpu_time_ns += more.sched.cpu_time_ns;
    sched.run_delay_ns += more.sched.run_delay_ns;
    sched.timeslices += more.sched.timeslices;
    max_gap_ns = std::max(max_gap_ns, more.max_gap_ns);
    cpus = cpus | more.cpus;
}

void Wakes::count(std::uint64_t ns) {
    const auto value = static_cast<double>(ns);
    ++samples;
    sum_ns += value;
    squares += value * value;
    max_ns = std::max(max_ns, static_cast<std::int64_t>(ns));
    ++buckets[bucket_of(ns)];
}

void Wakes::subtract(const Wakes& before) {
    samples = since(samples, before.samples);
    sum_ns -= before.sum_ns;
    squares -= before.squares;
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
        buckets[bucket] = since(buckets[bucket], before.buckets[bucket]);
    }
}

void Wakes::add(const Wakes& more) {
    samples += more.samples;
    sum_ns += more.sum_ns;
    squares += more.squares;
    max_ns = std::max(max_ns, more.max_ns);
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
        buckets[bucket] += more.buckets[bucket];
    }
}

namespace {

// How long it has wanted to run by now and did not get on.
std::int64_t open_gap(const WorkerPage& page, std::int64_t begin_ns, std::int64_t now_ns) {
    if (page.state.load(std::memory_order_acquire) == WorkerState::failed) {
        return 0;
    }
    const auto due = page.due_ns.load();
    const auto since_ns = due == due_now ? page.last_look_ns.load() : due;
    return since_ns >= now_ns ? 0 : now_ns - std::max(since_ns, begin_ns);
}

CpuSet take_cpus(WorkerPage& page) {
    CpuSet set;
    for (unsigned word = 0; word < page.cpus.size(); ++word) {
        const auto bits = page.cpus[word].exchange(0);
        for (unsigned bit = 0; bit < 64; ++bit) {
            if ((bits >> bit & 1) != 0) {
                set.add(word * 64 + bit);
            }
        }
    }
    return set;
}

} // namespace

Counters take(WorkerPage& page, std::int64_t begin_ns, std::int64_t now_ns) {
    Counters counters{
        .tally = {.iterations = page.iterations.load(),
                  .work_units = page.work_units.load(),
                  .migrations = page.migrations.load(),
                  .cross_node_migrations = page.cross_node_migrations.load(),
                  .max_gap_ns =
                      std::max(page.max_gap_ns.exchange(0), open_gap(page, begin_ns, now_ns)),
                  .cpus = take_cpus(page)},
        .wakes = {.sum_ns = page.wake_sum.load(),
                  .squares = page.wake_squares.load(),
                  .max_ns = page.max_wake_ns.exchange(0)}
    };
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
        counters.wakes.buckets[bucket] = page.wakes[bucket].load(std::memory_order_relaxed);
        counters.wakes.samples += counters.wakes.buckets[bucket];
    }
    return counters;
}

std::optional<HostTime> parse_proc_stat(std::string_view text) {
    constexpr std::string_view name = "cpu ";
    constexpr unsigned idle = 3;
    constexpr unsigned iowait = 4;
    constexpr unsigned steal = 7;
    if (!text.starts_with(name)) {
        return std::nullopt;
    }
    text.remove_prefix(name.size());
    const auto tick_ns = 1'000'000'000U / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    HostTime time;
    for (unsigned field = 0; field <= steal; ++field) {
        const auto ticks = next_number(text);
        if (!ticks) {
            return std::nullopt;
        }
        time.busy_ns += field == idle || field == iowait ? 0 : *ticks * tick_ns;
        time.steal_ns = *ticks * tick_ns;
    }
    return time;
}

HostTime read_host_time() {
    const auto text = guest::read_file("/proc/stat", 512);
    return (text ? parse_proc_stat(*text) : std::nullopt).value_or(HostTime{});
}

} // namespace ktstr::workload
