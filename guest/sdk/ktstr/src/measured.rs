//! What the engine has measured: the result of a scenario.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A part of a scenario: the baseline before the first step, or a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phase(u32);

impl Phase {
    /// Before the first step (the settle time).
    pub const BASELINE: Phase = Phase(0);

    /// The step with this index, from 0.
    #[must_use]
    pub const fn step(index: u16) -> Phase {
        Phase(index as u32 + 1)
    }

    /// 0 for the baseline, 1 for the first step.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.0
    }
}

/// How long workers waited on a runqueue, each over the whole phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RunDelay {
    /// Mean over the workers, in us.
    pub mean_us: f64,
    /// Of the worker that waited most, in us.
    pub worst_us: f64,
    /// Of all workers together, in ns.
    pub total_ns: u64,
}

/// Wake-up latencies.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Wake {
    /// How many were measured.
    pub samples: u64,
    /// Median, in us.
    pub p50_us: f64,
    /// 99th percentile, in us.
    pub p99_us: f64,
    /// 99.9th percentile, in us.
    pub p999_us: f64,
    /// The longest, in us.
    pub max_us: f64,
    /// Upper bound in ns (exclusive) and count of each bucket that is not empty.
    pub histogram: Vec<(u64, u64)>,
}

/// One worker.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct WorkerStats {
    /// Its thread.
    pub tid: i32,
    /// Rounds of its loop.
    pub iterations: u64,
    /// In ns.
    pub cpu_time_ns: u64,
    /// Time that it was runnable and did not run, in ns.
    pub run_delay_ns: u64,
    /// Moves to another CPU.
    pub migrations: u64,
    /// Longest time between two rounds, in ms.
    pub max_gap_ms: f64,
    /// How often it was put on a CPU.
    pub timeslices: u64,
}

/// A cgroup's workers in one phase.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PhaseCgroupStats {
    /// Workers that ran in the phase.
    pub num_workers: usize,
    /// Rounds of their loops.
    pub total_iterations: u64,
    /// Units of work, as the work type counts them.
    pub total_work_units: u64,
    /// CPU time, in ns.
    pub total_cpu_time_ns: u64,
    /// Moves to another CPU.
    pub total_migrations: u64,
    /// CPUs that they ran on.
    pub cpus_used: BTreeSet<usize>,
    /// Longest time that a worker did not get on, in ms.
    pub max_gap_ms: f64,
    /// Time on runqueues. `None`: the kernel does not count it.
    pub run_delay: Option<RunDelay>,
    /// `None`: the work type does not sleep.
    pub wake: Option<Wake>,
    /// Share of pages on the workers' NUMA nodes, 0 to 1.
    pub page_locality: Option<f64>,
    /// Each of them.
    pub workers: Vec<WorkerStats>,
}

impl PhaseCgroupStats {
    /// Mean and worst time that a worker waited on a runqueue over the phase, in us.
    #[must_use]
    pub fn run_delay_summary(&self) -> Option<(f64, f64)> {
        self.run_delay.map(|delay| (delay.mean_us, delay.worst_us))
    }

    /// 99th percentile and median of the wake-up latency, in us. `None`: no samples.
    #[must_use]
    pub fn wake_summary(&self) -> Option<(f64, f64)> {
        self.wake.as_ref().filter(|wake| wake.samples > 0).map(|wake| (wake.p99_us, wake.p50_us))
    }
}

/// One phase.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PhaseStats {
    /// 0: the baseline; step N is N + 1.
    pub index: u32,
    /// `baseline`, `step 0`.
    pub name: String,
    /// CLOCK_MONOTONIC of the guest, in ns.
    pub begin: u64,
    /// The same for its end.
    pub end: u64,
    /// `None`: the kernel's own.
    pub scheduler: Option<String>,
    /// Time that the host kept from the vCPUs, in ns over all.
    pub steal_ns: u64,
    /// By name.
    pub cgroups: BTreeMap<String, PhaseCgroupStats>,
}

impl PhaseStats {
    /// Iterations of all cgroups, per second of the phase. `None`: it took no time.
    #[must_use]
    pub fn iteration_rate(&self) -> Option<f64> {
        let nanoseconds = self.end.saturating_sub(self.begin);
        let iterations: u64 = self.cgroups.values().map(|cgroup| cgroup.total_iterations).sum();
        #[allow(clippy::cast_precision_loss)]
        (nanoseconds > 0).then(|| iterations as f64 * 1e9 / nanoseconds as f64)
    }
}

/// One threshold, checked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Check {
    /// Of the threshold.
    pub name: String,
    /// As it was set.
    pub limit: f64,
    /// The worst that was measured.
    pub worst: f64,
    /// `cgroup a, worker 3, step 0`.
    #[serde(rename = "where")]
    pub place: String,
    /// Whether it held.
    pub passed: bool,
}

/// Something that happened, and when.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Moment {
    /// CLOCK_MONOTONIC of the guest, in ns.
    pub at: u64,
    /// One line.
    pub what: String,
}

/// The engine's word about a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// All checks held.
    Pass,
    /// One did not.
    Fail,
    /// The default: what is not said is not a pass.
    #[default]
    Inconclusive,
}

/// All that the engine says about a scenario.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ScenarioResult {
    /// Of all checks.
    pub verdict: Word,
    /// The headline first.
    pub details: Vec<String>,
    /// One for each threshold.
    pub checks: Vec<Check>,
    /// In their order.
    pub phases: Vec<PhaseStats>,
    /// Over all phases.
    pub cgroups: BTreeMap<String, PhaseCgroupStats>,
    /// In its order.
    pub timeline: Vec<Moment>,
    /// In ns.
    pub duration: u64,
}

impl ScenarioResult {
    /// One phase.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> Option<&PhaseStats> {
        self.phases.iter().find(|stats| stats.index == phase.index())
    }

    /// A cgroup in one phase.
    #[must_use]
    pub fn phase_cgroup(&self, phase: Phase, cgroup: &str) -> Option<&PhaseCgroupStats> {
        self.phase(phase)?.cgroups.get(cgroup)
    }
}
