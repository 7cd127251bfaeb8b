//! Op: one thing that a step does at its begin.

use crate::cgroup::check_name;
use crate::cpuset::CpusetSpec;
use crate::policy::AffinityIntent;
use crate::scheduler::Scheduler;
use crate::work::WorkSpec;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

type Name = Cow<'static, str>;

/// One thing that a step does, before its cgroups are made. Each is what the function of its name says.
#[allow(missing_docs)] // said by the functions
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    AddCgroup { name: Name },
    RemoveCgroup { cgroup: Name },
    SetCpuset { cgroup: Name, cpus: CpusetSpec },
    ClearCpuset { cgroup: Name },
    SwapCpusets { a: Name, b: Name },
    Spawn { cgroup: Name, work: WorkSpec },
    SpawnHost { work: WorkSpec },
    StopCgroup { cgroup: Name },
    SetAffinity { cgroup: Name, affinity: AffinityIntent },
    MoveAllTasks { from: Name, to: Name },
    DetachScheduler,
    AttachScheduler,
    RestartScheduler,
    ReplaceScheduler { scheduler: Replacement },
    FreezeCgroup { cgroup: Name },
    UnfreezeCgroup { cgroup: Name },
}

/// A scheduler to replace the attached one. It must be among the test's `staged_schedulers`, so that the runner has
/// brought it into the guest.
#[derive(Clone, Debug)]
pub struct Replacement {
    pub(crate) scheduler: &'static Scheduler,
    /// How it is started in this guest, as the runner says.
    pub(crate) staged: Option<serde_json::Value>,
}

impl Serialize for Replacement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.staged.serialize(serializer)
    }
}

impl Op {
    /// An empty cgroup.
    pub fn add_cgroup(name: impl Into<Name>) -> Op {
        Op::AddCgroup { name: name.into() }
    }

    /// Stops its workers and removes it.
    pub fn remove_cgroup(cgroup: impl Into<Name>) -> Op {
        Op::RemoveCgroup { cgroup: cgroup.into() }
    }

    /// Gives it these CPUs.
    pub fn set_cpuset(cgroup: impl Into<Name>, cpus: CpusetSpec) -> Op {
        Op::SetCpuset { cgroup: cgroup.into(), cpus }
    }

    /// Gives it all CPUs again.
    pub fn clear_cpuset(cgroup: impl Into<Name>) -> Op {
        Op::ClearCpuset { cgroup: cgroup.into() }
    }

    /// Exchanges the CPUs of two cgroups.
    pub fn swap_cpusets(a: impl Into<Name>, b: impl Into<Name>) -> Op {
        Op::SwapCpusets { a: a.into(), b: b.into() }
    }

    /// Workers in a cgroup that is there.
    pub fn spawn_workers(cgroup: impl Into<Name>, work: WorkSpec) -> Op {
        Op::Spawn { cgroup: cgroup.into(), work }
    }

    /// The same as [`Op::spawn_workers`].
    pub fn spawn(cgroup: impl Into<Name>, work: WorkSpec) -> Op {
        Op::spawn_workers(cgroup, work)
    }

    /// Workers in the guest's root cgroup.
    #[must_use]
    pub fn spawn_host(work: WorkSpec) -> Op {
        Op::SpawnHost { work }
    }

    /// Stops its workers.
    pub fn stop_cgroup(cgroup: impl Into<Name>) -> Op {
        Op::StopCgroup { cgroup: cgroup.into() }
    }

    /// Changes its workers' affinity.
    pub fn set_affinity(cgroup: impl Into<Name>, affinity: AffinityIntent) -> Op {
        Op::SetAffinity { cgroup: cgroup.into(), affinity }
    }

    /// Moves all tasks from one cgroup to another.
    pub fn move_all_tasks(from: impl Into<Name>, to: impl Into<Name>) -> Op {
        Op::MoveAllTasks { from: from.into(), to: to.into() }
    }

    /// Stops the scheduler and waits until the kernel's own is back (at most 10 s). An error when none is attached.
    #[must_use]
    pub const fn detach_scheduler() -> Op {
        Op::DetachScheduler
    }

    /// Attaches the test's scheduler again.
    #[must_use]
    pub const fn attach_scheduler() -> Op {
        Op::AttachScheduler
    }

    /// Detaches and attaches it.
    #[must_use]
    pub const fn restart_scheduler() -> Op {
        Op::RestartScheduler
    }

    /// Detaches it and attaches another, which is one of the test's `staged_schedulers`.
    #[must_use]
    pub const fn replace_scheduler(scheduler: &'static Scheduler) -> Op {
        Op::ReplaceScheduler { scheduler: Replacement { scheduler, staged: None } }
    }

    /// cgroup.freeze = 1.
    pub fn freeze_cgroup(cgroup: impl Into<Name>) -> Op {
        Op::FreezeCgroup { cgroup: cgroup.into() }
    }

    /// cgroup.freeze = 0.
    pub fn unfreeze_cgroup(cgroup: impl Into<Name>) -> Op {
        Op::UnfreezeCgroup { cgroup: cgroup.into() }
    }

    /// The workers that it starts.
    pub(crate) fn work(&self) -> Option<&WorkSpec> {
        match self {
            Op::Spawn { work, .. } | Op::SpawnHost { work } => Some(work),
            _ => None,
        }
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        match self {
            Op::AddCgroup { name: cgroup }
            | Op::RemoveCgroup { cgroup }
            | Op::SetCpuset { cgroup, .. }
            | Op::ClearCpuset { cgroup }
            | Op::StopCgroup { cgroup }
            | Op::SetAffinity { cgroup, .. }
            | Op::FreezeCgroup { cgroup }
            | Op::UnfreezeCgroup { cgroup } => check_name(cgroup),
            Op::Spawn { cgroup, work } => {
                check_name(cgroup)?;
                work.check(&format!("workers in `{cgroup}`"))
            }
            Op::SpawnHost { work } => work.check("workers in the root cgroup"),
            Op::SwapCpusets { a, b } | Op::MoveAllTasks { from: a, to: b } => {
                check_name(a)?;
                check_name(b)
            }
            Op::DetachScheduler
            | Op::AttachScheduler
            | Op::RestartScheduler
            | Op::ReplaceScheduler { .. } => Ok(()),
        }
    }
}
