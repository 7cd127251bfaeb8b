//! Work functions of a test's own: what they get and what they report.
//!
//! Such a function runs in a child that the test's process forked without exec, while that process had other threads
//! (libtest's). So it must not wait for anything that another thread of the test held at the fork: locks of the test's
//! own, and handles of its streams. The C library makes malloc usable in such a child; files, sockets, system calls and
//! threads that the function itself starts are fine. What it prints is not captured. A panic ends the worker without a
//! report, and the scenario with an error.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a work function gets.
#[derive(Debug)]
pub struct WorkerCtx<'a> {
    pub(crate) stop: &'a AtomicBool,
    pub(crate) cpus: Vec<usize>,
    pub(crate) sibling_pids: Vec<libc::pid_t>,
    pub(crate) cgroup_dir: Option<std::path::PathBuf>,
}

impl WorkerCtx<'_> {
    /// True once the worker is to return. Look at it at least every few milliseconds.
    #[must_use]
    pub fn stop(&self) -> &AtomicBool {
        self.stop
    }

    /// The same, read.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// CPUs that the worker may run on, as of its start.
    #[must_use]
    pub fn cpus(&self) -> &[usize] {
        &self.cpus
    }

    /// The other processes of its cgroup, as of its start.
    #[must_use]
    pub fn sibling_pids(&self) -> &[libc::pid_t] {
        &self.sibling_pids
    }

    /// Its cgroup's folder.
    #[must_use]
    pub fn cgroup_dir(&self) -> Option<&Path> {
        self.cgroup_dir.as_deref()
    }
}

/// What a worker has done. A function fills in what it knows, and `..WorkerReport::default()`; what the kernel counts
/// (CPU time, run delay, migrations), the engine measures itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerReport {
    /// Its thread's id.
    pub tid: i32,
    /// Units of the function's own choice.
    pub work_units: u64,
    /// Rounds of its loop.
    pub iterations: u64,
    /// CPU time, in ns.
    pub cpu_time_ns: u64,
    /// Time from its start to its end, in ns.
    pub wall_time_ns: u64,
    /// Time that it did not run, in ns.
    pub off_cpu_ns: u64,
    /// How often it was moved to another CPU.
    pub migration_count: u64,
    /// CPUs that it ran on.
    pub cpus_used: BTreeSet<usize>,
    /// Longest time between two rounds, in ms.
    pub max_gap_ms: u64,
    /// CPU that it ran on after that gap.
    pub max_gap_cpu: usize,
    /// Wake-up latencies, in ns.
    pub wake_latencies_ns: Vec<u64>,
}
