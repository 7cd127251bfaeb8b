//! Scenario: what is sent to the engine, schema 1 of docs/design/scheduler-tests.md.

use crate::assert::Assert;
use crate::duration;
use crate::step::{Backdrop, Step};
use crate::work::WorkSpec;
use crate::work_type::{WorkFn, WorkType};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Serialize)]
pub(crate) struct Scenario {
    pub scenario: u32,
    pub name: String,
    #[serde(with = "duration")]
    pub duration: Duration,
    #[serde(with = "duration")]
    pub settle: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<&'static str>,
    pub workers_per_cgroup: usize,
    #[serde(skip_serializing_if = "is_zero")]
    pub snapshots: u32,
    #[serde(rename = "assert")]
    pub thresholds: Assert,
    pub backdrop: Backdrop,
    pub steps: Vec<Step>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Scenario {
    pub const SCHEMA: u32 = 1;

    /// Refuses what the engine would refuse, with the names that the author knows.
    pub fn check(&self) -> anyhow::Result<()> {
        self.backdrop.check()?;
        for (index, step) in self.steps.iter().enumerate() {
            step.check().map_err(|error| error.context(format!("step {index}")))?;
        }
        self.functions().map(drop)
    }

    /// The work functions by the names that the engine will ask for.
    pub fn functions(&self) -> anyhow::Result<BTreeMap<String, WorkFn>> {
        let mut found: BTreeMap<String, WorkFn> = BTreeMap::new();
        for work in self.works() {
            let WorkType::Custom { name, run } = &work.work_type else { continue };
            let known = found.insert(name.to_string(), *run);
            // Functions that compile to the same code may share an address: then it is no harm to take either.
            anyhow::ensure!(
                known.is_none_or(|known| std::ptr::fn_addr_eq(known, *run)),
                "two work functions have the name `{name}`\n  hint: give each WorkType::custom a name of its own"
            );
        }
        Ok(found)
    }

    fn works(&self) -> impl Iterator<Item = &WorkSpec> {
        let ops = self.backdrop.ops.iter().chain(self.steps.iter().flat_map(|step| &step.ops));
        let cgroups = self.backdrop.cgroups.iter().chain(self.steps.iter().flat_map(|step| &step.setup.0));
        ops.filter_map(|op| op.work()).chain(cgroups.flat_map(|cgroup| &cgroup.works))
    }
}

#[cfg(test)]
#[path = "scenario_test.rs"]
mod tests;
