//! Thresholds: what the engine measures a scenario against.

use serde::Serialize;

/// Makes the struct, its setters and its merge from one list, so that none of the three can lack a threshold.
macro_rules! thresholds {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// Limits for what is measured. Nothing is checked that is not set. A test's are laid over its scheduler's, and
        /// those given to an `execute_*_with` over both.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
        pub struct Assert {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$type>,)*
        }

        impl Assert {
            /// No threshold set.
            pub const NO_OVERRIDES: Assert = Assert { $($name: None,)* };

            $($(#[$doc])* #[must_use] pub const fn $name(mut self, limit: $type) -> Assert {
                self.$name = Some(limit);
                self
            })*

            /// `self`, with everything that `over` sets in its place.
            #[must_use]
            pub const fn merge(mut self, over: &Assert) -> Assert {
                $(if over.$name.is_some() { self.$name = over.$name; })*
                self
            }
        }
    };
}

thresholds! {
    /// Every worker has done something.
    not_starved: bool,
    /// Workers ran on CPUs of their cgroup's cpuset alone.
    isolation: bool,
    /// Longest time that a worker did not get on, in ms.
    max_gap_ms: u64,
    /// Spread of the workers' off-CPU share in a cgroup, in percent points.
    max_spread_pct: f64,
    /// Coefficient of variation of the workers' throughput in a cgroup.
    max_throughput_cv: f64,
    /// Least work units per second of CPU time of each worker.
    min_work_rate: f64,
    /// 99th percentile of the wake-up latency, in ns.
    max_p99_wake_latency_ns: u64,
    /// Coefficient of variation of the wake-up latency.
    max_wake_latency_cv: f64,
    /// Least iterations per second of wall time of each worker.
    min_iteration_rate: f64,
    /// Most migrations per iteration.
    max_migration_ratio: f64,
    /// Least share (0 to 1) of pages on the worker's NUMA nodes.
    min_page_locality: f64,
    /// Most migrations over NUMA nodes per migration.
    max_cross_node_migration_ratio: f64,
    /// Most share (0 to 1) of pages on nodes without CPUs.
    max_slow_tier_ratio: f64,
}

impl Assert {
    /// No threshold set: the start of a chain of setters.
    #[must_use]
    pub const fn new() -> Assert {
        Assert::NO_OVERRIDES
    }
}

#[cfg(test)]
#[path = "assert_test.rs"]
mod tests;
