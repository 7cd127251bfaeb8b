//! Ctx: what a test's body gets.

use crate::assert::Assert;
use crate::cgroup::CgroupDef;
use crate::cpuset::CpusetSpec;
use crate::engine::Link;
use crate::entry::KtstrTestEntry;
use crate::test_topology::TestTopology;
use std::borrow::Cow;
use std::cell::{LazyCell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

/// The process of the scheduler that the test begins with; set by the runner's agent.
const SCHEDULER_PID: &str = "KTSTR_SCHEDULER_PID";

/// Where the test runs, and what it declared.
#[derive(Debug)]
pub struct Ctx {
    /// The machine's CPUs. They are looked at when they are first asked for: most tests never ask, and each file of /sys
    /// is some milliseconds of an emulated guest.
    pub topo: LazyCell<TestTopology, Box<dyn FnOnce() -> TestTopology>>,
    /// The test's `duration_s`: what fractions of a HoldSpec are of.
    pub duration: Duration,
    /// Workers of a WorkSpec that does not say how many: 2.
    pub workers_per_cgroup: usize,
    /// The scheduler's process. `None`: none is attached, or it is one of the kernel's.
    pub sched_pid: Option<libc::pid_t>,
    /// How long is waited, and measured as the baseline, before the first step: none.
    pub settle: Duration,
    /// The test's thresholds over its scheduler's.
    pub assert: Assert,
    pub(crate) entry: &'static KtstrTestEntry,
    pub(crate) engine: RefCell<Link>,
}

impl Ctx {
    pub(crate) fn new(entry: &'static KtstrTestEntry, engine: Link) -> Ctx {
        let shape = entry.topology;
        let sched_pid = std::env::var(SCHEDULER_PID).ok().and_then(|pid| pid.parse().ok());
        Ctx {
            topo: LazyCell::new(Box::new(move || {
                TestTopology::from_system().unwrap_or_else(|_| {
                    TestTopology::from_spec(shape.numa_nodes, shape.llcs, shape.cores, shape.threads)
                })
            })),
            duration: Duration::from_secs(entry.duration_s),
            workers_per_cgroup: 2,
            sched_pid: sched_pid.filter(|pid| *pid > 0),
            settle: Duration::ZERO,
            assert: entry.thresholds(),
            entry,
            engine: RefCell::new(engine),
        }
    }

    /// A cgroup with `workers_per_cgroup` workers.
    #[must_use]
    pub fn cgroup_def(&self, name: impl Into<Cow<'static, str>>) -> CgroupDef {
        CgroupDef::named(name).workers(self.workers_per_cgroup)
    }

    /// What `spec` is on this machine.
    #[must_use]
    pub fn cpuset_cpus(&self, spec: &CpusetSpec) -> BTreeSet<usize> {
        self.topo.resolve(spec)
    }
}
