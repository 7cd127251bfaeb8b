//! VmResult: what a `post_vm` callback gets on the host.

use crate::duration;
use crate::measured::{Phase, PhaseCgroupStats, PhaseStats, ScenarioResult};
use serde::Deserialize;
use std::time::Duration;

/// How the scheduler ended. The words are those of docs/reference/verdicts.md.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SchedulerEnd {
    /// As the test declares it.
    pub name: String,
    /// What the kernel calls it.
    pub ops: String,
    /// `clean`, `stall`, ...
    pub end: String,
    /// Of its process; 128 and the number for a signal.
    pub exit_code: i32,
    /// Number of the kernel's exit, where it told one.
    pub kind: i64,
    /// `runnable task stall`, or the loader's or verifier's word.
    pub reason: String,
    /// What the scheduler or the kernel added.
    pub message: String,
    /// From its start until it was enabled, in ns.
    pub attach_ns: u64,
    /// From then to its end, in ns.
    pub ran_ns: u64,
    /// How long it took to stop it, in ns.
    pub detach_ns: u64,
}

/// A test's run, after its machine is gone.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct VmResult {
    /// `pass`, `fail`, `skip`, `inconclusive`.
    pub verdict: String,
    /// A name of docs/reference/verdicts.md.
    pub reason: String,
    /// The one line that people read first.
    pub headline: String,
    /// Of the test's program.
    pub exit_code: i32,
    /// Whether the verdict is a pass.
    pub success: bool,
    /// Whether its time was up.
    pub timed_out: bool,
    /// From the program's start to its end.
    #[serde(rename = "duration_ns", with = "duration")]
    pub duration: Duration,
    /// Of the test's scenarios, merged. `None`: it ran none.
    pub result: Option<ScenarioResult>,
    /// `None`: there was none.
    pub scheduler: Option<SchedulerEnd>,
    /// The scheduler's own output, bounded.
    pub scheduler_log: String,
    /// The test's `num_snapshots`.
    #[serde(skip)]
    pub periodic_target: u32,
    /// How many of them were taken: the timeline's `snapshot` entries.
    #[serde(skip)]
    pub periodic_fired: u32,
}

impl VmResult {
    /// One phase.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> Option<&PhaseStats> {
        self.result.as_ref()?.phase(phase)
    }

    /// A cgroup's workers in one phase. `None`: there was no such phase or cgroup.
    #[must_use]
    pub fn phase_cgroup(&self, phase: Phase, cgroup: &str) -> Option<PhaseCgroupStats> {
        self.result.as_ref()?.phase_cgroup(phase, cgroup).cloned()
    }

    /// One number about a phase, over all of its cgroups: `total_iterations`, `total_work_units`, `total_cpu_time_ns`,
    /// `total_migrations`, `num_workers` (sums), `max_gap_ms`, `worst_run_delay_us`, `worst_p99_wake_latency_us` (the
    /// worst), `iteration_rate` (per second), `steal_ns`. `None`: not measured, or no such name.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn phase_metric(&self, phase: Phase, metric: &str) -> Option<f64> {
        let stats = self.phase(phase)?;
        let sum =
            |field: fn(&PhaseCgroupStats) -> u64| Some(stats.cgroups.values().map(field).sum::<u64>() as f64);
        let worst =
            |field: fn(&PhaseCgroupStats) -> Option<f64>| {
                stats.cgroups.values().filter_map(field).fold(None, |worst: Option<f64>, value| {
                    Some(worst.map_or(value, |worst| worst.max(value)))
                })
            };
        match metric {
            "total_iterations" => sum(|cgroup| cgroup.total_iterations),
            "total_work_units" => sum(|cgroup| cgroup.total_work_units),
            "total_cpu_time_ns" => sum(|cgroup| cgroup.total_cpu_time_ns),
            "total_migrations" => sum(|cgroup| cgroup.total_migrations),
            "num_workers" => sum(|cgroup| cgroup.num_workers as u64),
            "max_gap_ms" => worst(|cgroup| Some(cgroup.max_gap_ms)),
            "worst_run_delay_us" => worst(|cgroup| cgroup.run_delay_summary().map(|(_, worst)| worst)),
            "worst_p99_wake_latency_us" => worst(|cgroup| cgroup.wake_summary().map(|(p99, _)| p99)),
            "iteration_rate" => stats.iteration_rate(),
            "steal_ns" => Some(stats.steal_ns as f64),
            _ => None,
        }
    }

    /// Iterations per second of phase `a` for each of phase `b`. `None`: one is missing, or `b` did nothing.
    #[must_use]
    pub fn throughput_ratio(&self, a: Phase, b: Phase) -> Option<f64> {
        let below = self.phase(b)?.iteration_rate().filter(|rate| *rate > 0.0)?;
        Some(self.phase(a)?.iteration_rate()? / below)
    }

    /// Fills in what the entry and the timeline say about snapshots.
    pub(crate) fn count_snapshots(&mut self, target: u32) {
        let timeline = self.result.as_ref().map_or(&[][..], |result| &result.timeline);
        let count = timeline.iter().filter(|moment| moment.what.starts_with("snapshot")).count();
        self.periodic_fired = u32::try_from(count).unwrap_or(u32::MAX);
        self.periodic_target = target;
    }
}

#[cfg(test)]
#[path = "vm_result_test.rs"]
mod tests;
