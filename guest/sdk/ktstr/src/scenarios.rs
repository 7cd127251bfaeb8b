//! Scenarios that many tests want. Their cgroups are `cg_0`, `cg_1`; where nothing else is said, each has
//! `ctx.workers_per_cgroup` workers that compute, for the test's whole duration.

use crate::cpuset::CpusetSpec;
use crate::ctx::Ctx;
use crate::op::Op;
use crate::policy::AffinityIntent;
use crate::result::AssertResult;
use crate::run::{execute_defs, execute_scenario};
use crate::step::{Backdrop, HoldSpec, Step};
use crate::work::WorkSpec;
use crate::work_type::WorkType;
use std::time::Duration;

const HALF: HoldSpec = HoldSpec::frac(0.5);

/// Two cgroups that do the same.
///
/// # Errors
/// As `execute_defs`.
pub fn steady(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    execute_defs(ctx, vec![ctx.cgroup_def("cg_0"), ctx.cgroup_def("cg_1")])
}

/// Two cgroups, each on an LLC of its own. A skip where there is one LLC.
///
/// # Errors
/// As `execute_defs`.
pub fn steady_llc(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    if ctx.topo.num_llcs() < 2 {
        return Ok(AssertResult::skip("the machine has one LLC"));
    }
    let on = |index: usize, name| ctx.cgroup_def(name).cpuset(CpusetSpec::llc(index));
    execute_defs(ctx, vec![on(0, "cg_0"), on(1, "cg_1")])
}

/// Two cgroups with two workers for each CPU together.
///
/// # Errors
/// As `execute_defs`.
pub fn oversubscribed(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    let workers = ctx.topo.total_cpus();
    execute_defs(ctx, vec![ctx.cgroup_def("cg_0").workers(workers), ctx.cgroup_def("cg_1").workers(workers)])
}

/// One cgroup computes, the other sleeps and wakes.
///
/// # Errors
/// As `execute_defs`.
pub fn mixed_workloads(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    let bursts = WorkType::bursty(Duration::from_millis(50), Duration::from_millis(100));
    execute_defs(ctx, vec![ctx.cgroup_def("cg_0"), ctx.cgroup_def("cg_1").work_type(bursts)])
}

/// Two cgroups, and as many workers as CPUs in the root cgroup beside them.
///
/// # Errors
/// As `execute_scenario`.
pub fn host_contention(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    let host = WorkSpec::default().workers(ctx.topo.total_cpus());
    over_two_cgroups(ctx, vec![Step::with_op(Op::spawn_host(host), HoldSpec::FULL)])
}

/// Two cgroups on all CPUs, then each on its half.
///
/// # Errors
/// As `execute_scenario`.
pub fn cpuset_apply(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    over_two_cgroups(ctx, vec![Step::hold(HALF), Step::new(halves(), HALF)])
}

/// Two cgroups, each on its half, then on all CPUs.
///
/// # Errors
/// As `execute_scenario`.
pub fn cpuset_clear(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    let clear = vec![Op::clear_cpuset("cg_0"), Op::clear_cpuset("cg_1")];
    over_two_cgroups(ctx, vec![Step::new(halves(), HALF), Step::new(clear, HALF)])
}

/// Two cgroups, to which a third comes after half of the time.
///
/// # Errors
/// As `execute_scenario`.
pub fn cgroup_add(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    over_two_cgroups(ctx, vec![Step::hold(HALF), Step::with_defs(vec![ctx.cgroup_def("cg_2")], HALF)])
}

/// Two cgroups, beside which a third is for half of the time.
///
/// # Errors
/// As `execute_scenario`.
pub fn cgroup_remove(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    over_two_cgroups(ctx, vec![Step::with_defs(vec![ctx.cgroup_def("cg_2")], HALF), Step::hold(HALF)])
}

/// Two cgroups, of which one has its workers pinned to one CPU each after half of the time.
///
/// # Errors
/// As `execute_scenario`.
pub fn affinity_change(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    let pin = Op::set_affinity("cg_0", AffinityIntent::SingleCpu);
    over_two_cgroups(ctx, vec![Step::hold(HALF), Step::with_op(pin, HALF)])
}

fn halves() -> Vec<Op> {
    (0..2).map(|index| Op::set_cpuset(format!("cg_{index}"), CpusetSpec::disjoint(index, 2))).collect()
}

fn over_two_cgroups(ctx: &Ctx, steps: Vec<Step>) -> anyhow::Result<AssertResult> {
    execute_scenario(
        ctx,
        Backdrop::new().extend_cgroups([ctx.cgroup_def("cg_0"), ctx.cgroup_def("cg_1")]),
        steps,
    )
}
