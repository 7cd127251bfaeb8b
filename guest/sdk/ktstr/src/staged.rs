//! Schedulers that the runner has brought into the guest beside the test's own.

use crate::entry::KtstrTestEntry;
use crate::op::Op;
use crate::scenario::Scenario;
use anyhow::Context;
use serde_json::{Map, Value};

/// A JSON object: id of the declaration to how it is started here (`Scheduler` of guest/wire/messages.hpp).
pub(crate) const VARIABLE: &str = "KTSTR_STAGED_SCHEDULERS";

/// Fills in how each scheduler of a replace op is started. `text`: of [`VARIABLE`].
pub(crate) fn resolve(
    scenario: &mut Scenario,
    entry: &KtstrTestEntry,
    text: Option<&str>,
) -> anyhow::Result<()> {
    let steps = scenario.steps.iter_mut().flat_map(|step| &mut step.ops);
    for op in scenario.backdrop.ops.iter_mut().chain(steps) {
        let Op::ReplaceScheduler { scheduler: wanted } = op else { continue };
        let name = wanted.scheduler.name;
        let declared = entry.staged_schedulers.iter().find(|declared| declared.scheduler == wanted.scheduler);
        let id = declared.map(|declared| declared.id).with_context(|| {
            format!(
                "scheduler `{name}` is not in the guest\n  hint: add it to the test's `staged_schedulers`"
            )
        })?;
        let text =
            text.with_context(|| format!("${VARIABLE} is not set: the runner did not stage `{name}`"))?;
        let mut staged: Map<String, Value> = serde_json::from_str(text).context(VARIABLE)?;
        let found = staged.remove(id);
        wanted.staged = Some(
            found.with_context(|| format!("the runner did not stage `{name}`: no `{id}` in ${VARIABLE}"))?,
        );
    }
    Ok(())
}

#[cfg(test)]
#[path = "staged_test.rs"]
mod tests;
