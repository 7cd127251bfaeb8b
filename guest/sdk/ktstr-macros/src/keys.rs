//! The keys of `#[ktstr_test]`: what each is, and what becomes of it. docs/reference/crate.md is checked against this.

use crate::value::Kind;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A field of KtstrTestEntry.
    Field,
    /// The same, as `Some`.
    Optional,
    /// A dimension of the topology.
    Topology,
    /// A field of TopologyConstraints; those of the first kind are Options there.
    MostConstraint,
    Constraint,
    /// A threshold.
    Threshold,
    /// A scheduler, with its name.
    Scheduler,
    /// Several.
    Schedulers,
    /// `false` is how it is anyway; `true` is refused, and why.
    OnlyFalse(&'static str),
    /// Known, and refused: why and what to do.
    Refused(&'static str),
}

pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub act: Act,
}

const fn key(name: &'static str, kind: Kind, act: Act) -> Key {
    Key { name, kind, act }
}

const COUNT: Kind = Kind::Whole { least: 0, most: u32::MAX as u64 };
const SOME: Kind = Kind::Whole { least: 1, most: u32::MAX as u64 };
const CPUS: Kind = Kind::Whole { least: 1, most: 255 };
/// More than a day is a mistake in the unit.
const SECONDS: Kind = Kind::Whole { least: 1, most: 86_400 };
/// The most that the kernel takes: SCX_WATCHDOG_MAX_TIMEOUT of kernel/sched/ext.c.
const WATCHDOG: Kind = Kind::Whole { least: 1, most: 30 };
/// A budget of nothing would be none.
const BUDGET: Kind = Kind::Whole { least: 1, most: u64::MAX };
const LONG: Kind = Kind::Whole { least: 0, most: u64::MAX };

#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("scheduler",            Kind::Name,  Act::Scheduler),
    key("staged_schedulers",    Kind::Names, Act::Schedulers),
    key("numa_nodes",           CPUS,        Act::Topology),
    key("llcs",                 CPUS,        Act::Topology),
    key("cores",                CPUS,        Act::Topology),
    key("threads",              CPUS,        Act::Topology),
    key("memory_mib",           SOME,        Act::Field),
    key("duration_s",           SECONDS,     Act::Field),
    key("watchdog_timeout_s",   WATCHDOG,    Act::Field),
    key("cleanup_budget_ms",    BUDGET,      Act::Optional),
    key("num_snapshots",        COUNT,       Act::Field),
    key("fresh_attach",         Kind::Bool,  Act::Field),
    key("host_only",            Kind::Bool,  Act::Field),
    key("performance_mode",     Kind::Bool,  Act::Field),
    key("no_perf_mode",         Kind::Bool,  Act::Field),
    key("deterministic",        Kind::Bool,  Act::Field),
    key("ignore",               Kind::Bool,  Act::Field),
    key("expect_err",           Kind::Bool,  Act::Field),
    key("allow_inconclusive",   Kind::Bool,  Act::Field),
    key("expect_scx_bpf_error_contains", Kind::Text, Act::Optional),
    key("expect_scx_bpf_error_matches",  Kind::Text, Act::Optional),
    key("post_vm",              Kind::Name,  Act::Optional),
    key("post_vm_unconditional", Kind::Name, Act::Optional),
    key("extra_sched_args",     Kind::Texts, Act::Field),
    key("required_flags",       Kind::Texts, Act::Field),
    key("excluded_flags",       Kind::Texts, Act::Field),
    key("extra_include_files",  Kind::Texts, Act::Field),
    key("config",               Kind::Text,  Act::Optional),
    key("workload_root_cgroup", Kind::Text,  Act::Optional),

    key("requires_smt",         Kind::Bool,  Act::Constraint),
    key("min_numa_nodes",       SOME,        Act::Constraint),
    key("max_numa_nodes",       SOME,        Act::MostConstraint),
    key("min_llcs",             SOME,        Act::Constraint),
    key("max_llcs",             SOME,        Act::MostConstraint),
    key("min_cpus",             SOME,        Act::Constraint),
    key("max_cpus",             SOME,        Act::MostConstraint),

    key("not_starved",          Kind::Bool,  Act::Threshold),
    key("isolation",            Kind::Bool,  Act::Threshold),
    key("max_gap_ms",           LONG,        Act::Threshold),
    key("max_spread_pct",       Kind::Number, Act::Threshold),
    key("max_throughput_cv",    Kind::Number, Act::Threshold),
    key("min_work_rate",        Kind::Number, Act::Threshold),
    key("max_p99_wake_latency_ns", LONG,     Act::Threshold),
    key("max_wake_latency_cv",  Kind::Number, Act::Threshold),
    key("min_iteration_rate",   Kind::Number, Act::Threshold),
    key("max_migration_ratio",  Kind::Number, Act::Threshold),
    key("min_page_locality",    Kind::Number, Act::Threshold),
    key("max_cross_node_migration_ratio", Kind::Number, Act::Threshold),
    key("max_slow_tier_ratio",  Kind::Number, Act::Threshold),

    key("auto_repro",           Kind::Bool,  Act::OnlyFalse("a failed test is not run again under probes; its exit dump is in the result")),
    key("expect_auto_repro",    Kind::Bool,  Act::OnlyFalse("a failed test is not run again under probes")),
    key("wprof",                Kind::Bool,  Act::OnlyFalse("a guest has no tracer; trace in the test's body")),
    key("kaslr",                Kind::Bool,  Act::Refused("the kernel decides; put `nokaslr` into the scheduler's `kargs` for a guest without")),
    key("fail_on_stall", Kind::Bool, Act::OnlyFalse("the kernel's watchdog ends a scheduler that stalls, and that fails the test: set `watchdog_timeout_s`")),
    key("max_imbalance_ratio", Kind::Number, Act::Refused("runqueues are not sampled; `max_gap_ms` and `max_p99_wake_latency_ns` see what it does to workers")),
    key("max_local_dsq_depth", COUNT, Act::Refused("runqueues are not sampled; `max_gap_ms` and `max_p99_wake_latency_ns` see what it does to workers")),
    key("sustained_samples", COUNT, Act::Refused("runqueues are not sampled; `max_gap_ms` and `max_p99_wake_latency_ns` see what it does to workers")),
    key("max_fallback_rate", Kind::Number, Act::Refused("sched_ext's counters are in the result of the test, and not judged")),
    key("max_keep_last_rate", Kind::Number, Act::Refused("sched_ext's counters are in the result of the test, and not judged")),
    key("wprof_args",           Kind::Texts, Act::Refused("a guest has no tracer; trace in the test's body")),
    key("payload",              Kind::Name,  Act::Refused("start the program in the test's body, with std::process::Command")),
    key("workloads",            Kind::Names, Act::Refused("start the programs in the test's body, with std::process::Command")),
    key("bpf_map_write",        Kind::Name,  Act::Refused("write the map in the test's body, by bpf(2)")),
    key("disk",                 Kind::Name,  Act::Refused("a guest has no disk; its files are in memory")),
    key("network",              Kind::Name,  Act::Refused("a guest has no network device but its loopback")),
    key("cpu_budget",           SOME,        Act::Refused("the host's share of a machine is set by nextest's `threads-required`")),
    key("workers_per_cgroup",   SOME,        Act::Refused("say it where the workers are: `CgroupDef::named(..).workers(n)`")),
    key("memory_mb",            SOME,        Act::Refused("its name is `memory_mib` now, in MiB")),
];
