//! `use ktstr::prelude::*;`: all that a test needs.

pub use crate::assert::Assert;
pub use crate::cgroup::CgroupDef;
pub use crate::cpuset::CpusetSpec;
pub use crate::ctx::Ctx;
pub use crate::measured::{
    Check, Moment, Phase, PhaseCgroupStats, PhaseStats, RunDelay, ScenarioResult, Wake, WorkerStats,
};
pub use crate::op::Op;
pub use crate::policy::{AffinityIntent, CloneMode, MemPolicy, SchedPolicy};
pub use crate::result::AssertResult;
pub use crate::run::{
    execute_defs, execute_scenario, execute_scenario_with, execute_steps, execute_steps_with,
};
pub use crate::scenarios;
pub use crate::scheduler::{Flag, Scheduler, SchedulerSpec, Sysctl, EEVDF};
pub use crate::step::{Backdrop, HoldSpec, Setup, Step};
pub use crate::test_topology::TestTopology;
pub use crate::topology::{Topology, TopologyConstraints};
pub use crate::verdict::{ClaimBuilder, Verdict};
pub use crate::vm_result::{SchedulerEnd, VmResult};
pub use crate::work::WorkSpec;
pub use crate::work_type::{WorkPhase, WorkType};
pub use crate::worker::{WorkerCtx, WorkerReport};
pub use crate::{claim, declare_scheduler, ktstr_test};
pub use anyhow::Result;
