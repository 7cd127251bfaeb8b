//! WorkSpec: some workers that are alike.

use crate::policy::{AffinityIntent, CloneMode, MemPolicy, SchedPolicy};
use crate::work_type::WorkType;
use serde::Serialize;
use std::borrow::Cow;

/// Workers that do the same. The default: SpinWait, SCHED_NORMAL, as many as the test's `workers_per_cgroup` (2).
#[derive(Clone, Debug, Serialize)]
pub struct WorkSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workers_pct: Option<f64>,
    pub(crate) work_type: WorkType,
    pub(crate) sched_policy: SchedPolicy,
    pub(crate) affinity: AffinityIntent,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mem_policy: Option<MemPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mpol_flags: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nice: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comm: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pcomm: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) numa_node: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clone_mode: Option<CloneMode>,
}

impl Default for WorkSpec {
    fn default() -> WorkSpec {
        WorkSpec {
            workers: None,
            workers_pct: None,
            work_type: WorkType::SpinWait,
            sched_policy: SchedPolicy::Normal,
            affinity: AffinityIntent::Inherit,
            mem_policy: None,
            mpol_flags: None,
            nice: None,
            comm: None,
            pcomm: None,
            uid: None,
            gid: None,
            numa_node: None,
            clone_mode: None,
        }
    }
}

/// The setters of a WorkSpec, for itself and for a CgroupDef, whose setters are those of its first WorkSpec.
macro_rules! work_setters {
    ($self:ident => $work:expr) => {
        /// How many; at least 1.
        #[must_use]
        pub fn workers(mut $self, workers: usize) -> Self {
            $work.workers = Some(workers);
            $self
        }

        /// How many, in percent of the CPUs of the cgroup's cpuset; at least one worker.
        #[must_use]
        pub fn workers_pct(mut $self, percent: f64) -> Self {
            $work.workers_pct = Some(percent);
            $self
        }

        /// What they do. Default: SpinWait.
        #[must_use]
        pub fn work_type(mut $self, work_type: $crate::work_type::WorkType) -> Self {
            $work.work_type = work_type;
            $self
        }

        /// Their scheduling policy. Default: Normal.
        #[must_use]
        pub fn sched_policy(mut $self, policy: $crate::policy::SchedPolicy) -> Self {
            $work.sched_policy = policy;
            $self
        }

        /// Which CPUs they ask for. Default: all of their cgroup.
        #[must_use]
        pub fn affinity(mut $self, affinity: $crate::policy::AffinityIntent) -> Self {
            $work.affinity = affinity;
            $self
        }

        /// Where their memory lies.
        #[must_use]
        pub fn mem_policy(mut $self, policy: $crate::policy::MemPolicy) -> Self {
            $work.mem_policy = Some(policy);
            $self
        }

        /// Flags of set_mempolicy(2), MPOL_F_*.
        #[must_use]
        pub fn mpol_flags(mut $self, flags: u32) -> Self {
            $work.mpol_flags = Some(flags);
            $self
        }

        /// -20 to 19.
        #[must_use]
        pub fn nice(mut $self, nice: i32) -> Self {
            $work.nice = Some(nice);
            $self
        }

        /// Name of each worker's thread, at most 15 bytes.
        #[must_use]
        pub fn comm(mut $self, name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
            $work.comm = Some(name.into());
            $self
        }

        /// Name of the process that the workers are threads of, at most 15 bytes.
        #[must_use]
        pub fn pcomm(mut $self, name: impl Into<std::borrow::Cow<'static, str>>) -> Self {
            $work.pcomm = Some(name.into());
            $self
        }

        /// User that they run as. Default: root.
        #[must_use]
        pub fn uid(mut $self, uid: u32) -> Self {
            $work.uid = Some(uid);
            $self
        }

        /// Group that they run as. Default: root.
        #[must_use]
        pub fn gid(mut $self, gid: u32) -> Self {
            $work.gid = Some(gid);
            $self
        }

        /// NUMA node whose CPUs they run on.
        #[must_use]
        pub fn numa_node(mut $self, node: u32) -> Self {
            $work.numa_node = Some(node);
            $self
        }

        /// Processes or threads. Default: processes.
        #[must_use]
        pub fn clone_mode(mut $self, mode: $crate::policy::CloneMode) -> Self {
            $work.clone_mode = Some(mode);
            $self
        }
    };
}
pub(crate) use work_setters;

impl WorkSpec {
    work_setters!(self => self);

    /// What is wrong with it, said of `owner`.
    pub(crate) fn check(&self, owner: &str) -> anyhow::Result<()> {
        anyhow::ensure!(self.workers != Some(0), "{owner}: workers(0): at least 1");
        if let Some(percent) = self.workers_pct {
            anyhow::ensure!(
                percent > 0.0 && percent.is_finite(),
                "{owner}: workers_pct({percent}): more than 0"
            );
            anyhow::ensure!(self.workers.is_none(), "{owner}: workers and workers_pct: only one of them");
        }
        for name in [&self.comm, &self.pcomm].into_iter().flatten() {
            anyhow::ensure!(
                name.len() <= 15,
                "{owner}: the name `{name}` is longer than the kernel's 15 bytes"
            );
        }
        Ok(())
    }
}
