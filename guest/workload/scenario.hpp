// A scenario: what docs/reference/scenario.md says as values. Durations are in ns.
#pragma once

#include "guest/workload/cpu_set.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ktstr::workload {

enum class WorkKind {
    spin_wait,
    yield_heavy,
    mixed,
    io_sync,
    bursty,
    pipe_io,
    futex_ping_pong,
    cache_pressure,
    cache_yield,
    cache_pipe,
    futex_fan_out,
    fan_out_compute,
    sequence,
    fork_exit,
    nice_sweep,
    affinity_churn,
    policy_churn,
    page_fault_churn,
    mutex_contention,
    custom
};

struct Turn { // of a sequence
    enum class Kind { spin, sleep, yield, io };
    Kind kind = Kind::spin;
    std::uint64_t lasts_ns = 0;
};

struct WorkType {
    WorkKind kind = WorkKind::spin_wait;
    std::uint64_t burst_ns = 0;   // bursty
    std::uint64_t sleep_ns = 0;   // bursty, fan_out_compute
    std::uint64_t spin_iters = 0; // per wake-up or change; of pipe_io, cache_pipe: burst_iters
    std::uint64_t size_bytes = 0; // of the buffer
    std::uint64_t stride = 0;     // bytes
    std::uint64_t operations = 0; // passes over the buffer per wake-up; touches per cycle
    std::uint64_t hold_iters = 0; // with the lock
    unsigned together = 1;        // workers that need each other
    std::vector<Turn> turns;
    std::string name; // custom
};

struct Policy {
    int policy = 0; // SCHED_*
    unsigned priority = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

struct CpusetSpec {
    enum class Kind { exact, range, disjoint, overlap, llc, numa };
    Kind kind = Kind::exact;
    std::vector<unsigned> cpus;
    double from = 0;
    double to = 0;
    unsigned index = 0; // of the part, LLC or node
    unsigned of = 1;
    double frac = 0;
};

struct Affinity {
    enum class Kind {
        inherit,
        single_cpu,
        llc_aligned,
        cross_cgroup,
        smt_sibling_pair,
        exact,
        random_subset
    };
    Kind kind = Kind::inherit;
    std::vector<unsigned> cpus;
    unsigned count = 0;
};

struct MemoryPolicy {
    int mode = 0; // MPOL_*
    std::vector<unsigned> nodes;
};

struct WorkSpec {
    std::optional<unsigned> workers;
    std::optional<double> workers_pct; // of the CPUs of its cgroup
    WorkType type;
    Policy policy;
    Affinity affinity;
    std::optional<MemoryPolicy> memory;
    unsigned mpol_flags = 0;
    std::optional<int> nice;
    std::string comm;
    std::string pcomm;
    std::optional<unsigned> uid;
    std::optional<unsigned> gid;
    std::optional<unsigned> numa_node;
    bool threads = false;
};

struct CgroupDef {
    std::string name;
    std::vector<WorkSpec> works;
    std::optional<CpusetSpec> cpuset;
    std::optional<std::vector<unsigned>> cpuset_mems;
    // Files of the cgroup and what they get, as the kernel reads it, in the order to write them.
    std::vector<std::pair<std::string, std::string>> limits;
};

struct Op {
    enum class Kind {
        add_cgroup,
        remove_cgroup,
        set_cpuset,
        clear_cpuset,
        swap_cpusets,
        spawn,
        spawn_host,
        stop_cgroup,
        set_affinity,
        move_all_tasks,
        detach_scheduler,
        attach_scheduler,
        restart_scheduler,
        replace_scheduler,
        freeze_cgroup,
        unfreeze_cgroup
    };
    Kind kind = Kind::add_cgroup;
    std::string name;  // as the scenario calls it
    std::string first; // cgroup, `a` or `from`
    std::string second;
    CpusetSpec cpus;
    WorkSpec work;
    Affinity affinity;
    std::string scheduler; // JSON
};

struct Hold {
    enum class Kind { frac, fixed, loop };
    Kind kind = Kind::frac;
    double frac = 1;
    std::int64_t ns = 0; // how long, or between two rounds of a loop
};

struct Step {
    std::vector<Op> ops;
    std::vector<CgroupDef> cgroups;
    Hold hold;
};

struct Thresholds {
    bool not_starved = false;
    bool isolation = false;
    std::optional<double> max_gap_ms;
    std::optional<double> max_spread_pct;
    std::optional<double> max_throughput_cv;
    std::optional<double> min_work_rate;
    std::optional<double> max_p99_wake_latency_ns;
    std::optional<double> max_wake_latency_cv;
    std::optional<double> min_iteration_rate;
    std::optional<double> max_migration_ratio;
    std::optional<double> min_page_locality;
    std::optional<double> max_cross_node_migration_ratio;
    std::optional<double> max_slow_tier_ratio;
};

struct Scenario {
    std::string name;
    std::int64_t duration_ns = 0;
    std::int64_t settle_ns = 0;
    std::string root; // below /sys/fs/cgroup; empty: no cgroups
    unsigned workers_per_cgroup = 2;
    unsigned snapshots = 0; // in the timeline, evenly over the steps' holds
    Thresholds thresholds;
    std::vector<Op> backdrop_ops;
    std::vector<CgroupDef> backdrop_cgroups;
    std::vector<Step> steps;
};

} // namespace ktstr::workload
