//! execute_*: a scenario, from its parts to its result.

use crate::assert::Assert;
use crate::cgroup::CgroupDef;
use crate::children::Children;
use crate::ctx::Ctx;
use crate::measured::ScenarioResult;
use crate::result::AssertResult;
use crate::scenario::Scenario;
use crate::staged;
use crate::step::{Backdrop, HoldSpec, Step};
use anyhow::Context;

/// Context of an error that is none of the test's own: the engine ran no scenario, or not to its end.
#[derive(Debug)]
pub(crate) struct EngineTrouble;

impl std::fmt::Display for EngineTrouble {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the scenario was not run")
    }
}

/// These cgroups, for the test's whole duration.
///
/// # Errors
/// As [`execute_scenario_with`].
pub fn execute_defs(ctx: &Ctx, cgroups: Vec<CgroupDef>) -> anyhow::Result<AssertResult> {
    execute_steps(ctx, vec![Step::with_defs(cgroups, HoldSpec::FULL)])
}

/// These steps, one after the other.
///
/// # Errors
/// As [`execute_scenario_with`].
pub fn execute_steps(ctx: &Ctx, steps: Vec<Step>) -> anyhow::Result<AssertResult> {
    execute_steps_with(ctx, steps, None)
}

/// These steps, with further thresholds over the test's.
///
/// # Errors
/// As [`execute_scenario_with`].
pub fn execute_steps_with(
    ctx: &Ctx,
    steps: Vec<Step>,
    assert: Option<&Assert>,
) -> anyhow::Result<AssertResult> {
    execute_scenario_with(ctx, Backdrop::new(), steps, assert)
}

/// These steps before a backdrop that lives over all of them.
///
/// # Errors
/// As [`execute_scenario_with`].
pub fn execute_scenario(ctx: &Ctx, backdrop: Backdrop, steps: Vec<Step>) -> anyhow::Result<AssertResult> {
    execute_scenario_with(ctx, backdrop, steps, None)
}

/// The whole of it. A threshold that does not hold is a result that is a failure, not an error.
///
/// # Errors
/// When the scenario is none (a name, a number of workers, a hold), could not be run to its end, or there is no engine
/// to run it (`host_only`).
pub fn execute_scenario_with(
    ctx: &Ctx,
    backdrop: Backdrop,
    steps: Vec<Step>,
    assert: Option<&Assert>,
) -> anyhow::Result<AssertResult> {
    let mut scenario = Scenario {
        scenario: Scenario::SCHEMA,
        name: ctx.entry.libtest_name().to_string(),
        duration: ctx.duration,
        settle: ctx.settle,
        root: ctx.entry.workload_root_cgroup,
        workers_per_cgroup: ctx.workers_per_cgroup,
        snapshots: ctx.entry.num_snapshots,
        thresholds: assert.map_or(ctx.assert, |assert| ctx.assert.merge(assert)),
        backdrop,
        steps,
    };
    scenario.check()?;
    let variable = std::env::var(staged::VARIABLE).ok();
    staged::resolve(&mut scenario, ctx.entry, variable.as_deref())?;
    let mut children = Children::new(scenario.functions()?);
    let mut link = ctx.engine.try_borrow_mut().context("a scenario is running already")?;
    let engine = link.engine().context(EngineTrouble)?;
    let result = engine.scenario(&serde_json::to_value(&scenario)?, &mut children).context(EngineTrouble)?;
    let result: ScenarioResult = serde_json::from_value(result).context("the engine's result is none")?;
    Ok(result.into())
}
