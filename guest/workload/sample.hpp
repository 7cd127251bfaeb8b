// What the engine reads of a worker at the begin and the end of what it measures.
#pragma once

#include "guest/workload/shared.hpp"

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::workload {

// /proc/<pid>/schedstat (Documentation/scheduler/sched-stats.rst): in ns, but for the last.
struct SchedStat {
    std::uint64_t cpu_time_ns = 0;
    std::uint64_t run_delay_ns = 0; // runnable, and waiting on a runqueue
    std::uint64_t timeslices = 0;
};

std::optional<SchedStat> parse_schedstat(std::string_view text);

// Of one thread. A task that runs as it is read has what it ran since the last tick still to come.
std::optional<SchedStat> read_schedstat(pid_t pid, pid_t tid);

// Both are counted since the worker's start, but for the maxima and the CPUs, which are since the
// last sample. subtract() makes of them what was counted since `before`; add() adds what another
// worker, or the same one later, counted.
struct Tally {
    std::uint64_t iterations = 0;
    std::uint64_t work_units = 0;
    std::uint64_t migrations = 0;
    std::uint64_t cross_node_migrations = 0;
    SchedStat sched;
    std::int64_t max_gap_ns = 0;
    CpuSet cpus;

    void subtract(const Tally& before);
    void add(const Tally& more);
};

struct Wakes {
    std::uint64_t samples = 0;
    double sum_ns = 0;
    double squares = 0;
    std::int64_t max_ns = 0;
    Buckets buckets{};

    void count(std::uint64_t ns);
    void subtract(const Wakes& before);
    void add(const Wakes& more);
};

struct Counters {
    Tally tally;
    Wakes wakes;
};

// Takes the maxima and the CPUs out of the page, so that the next sample has its own. A gap that is
// still open counts from `begin_ns` on.
Counters take(WorkerPage& page, std::int64_t begin_ns, std::int64_t now_ns);

// Of the first line of /proc/stat (proc(5)), summed over CPUs.
struct HostTime {
    std::uint64_t busy_ns = 0; // that were wanted: all but idle and waiting for I/O; has `steal`
    std::uint64_t steal_ns = 0;
};

std::optional<HostTime> parse_proc_stat(std::string_view text);
HostTime read_host_time();

} // namespace ktstr::workload
