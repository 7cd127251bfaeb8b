//! Scenarios that many tests want.

use crate::ctx::Ctx;
use crate::result::AssertResult;
use crate::run::execute_defs;

/// Two cgroups, `cg_0` and `cg_1`, each with `ctx.workers_per_cgroup` workers that compute, for the whole duration.
///
/// # Errors
/// As `execute_defs`.
pub fn steady(ctx: &Ctx) -> anyhow::Result<AssertResult> {
    execute_defs(ctx, vec![ctx.cgroup_def("cg_0"), ctx.cgroup_def("cg_1")])
}
