//! Ctx: what a test's body gets.

use crate::assert::Assert;
use crate::cgroup::CgroupDef;
use crate::cpuset::CpusetSpec;
use crate::engine::Engine;
use crate::entry::KtstrTestEntry;
use crate::test_topology::TestTopology;
use std::borrow::Cow;
use std::cell::{LazyCell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

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
    pub(crate) engine: RefCell<Option<Engine>>,
}

impl Ctx {
    pub(crate) fn new(entry: &'static KtstrTestEntry, engine: Option<Engine>) -> Ctx {
        let shape = entry.topology;
        let sched_pid = engine.as_ref().and_then(|engine| engine.greeting.scheduler.as_ref());
        Ctx {
            topo: LazyCell::new(Box::new(move || {
                TestTopology::from_system().unwrap_or_else(|_| {
                    TestTopology::from_spec(shape.numa_nodes, shape.llcs, shape.cores, shape.threads)
                })
            })),
            duration: Duration::from_secs(entry.duration_s),
            workers_per_cgroup: 2,
            sched_pid: sched_pid.map(|attached| attached.pid).filter(|pid| *pid > 0),
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
