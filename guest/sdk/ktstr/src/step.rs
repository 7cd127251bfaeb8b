//! Step and HoldSpec: what happens, and for how long it is left so. Backdrop: what lives over all steps.

use crate::cgroup::CgroupDef;
use crate::duration;
use crate::op::Op;
use serde::{Serialize, Serializer};
use std::time::Duration;

/// How long a step lasts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldSpec {
    /// A fraction of the test's duration, cut to what is left of it.
    Frac(f64),
    /// So long.
    Fixed(#[serde(with = "duration")] Duration),
    /// To the end of the test's duration: cgroups are set up once, then the ops are done at each interval.
    Loop(#[serde(with = "duration")] Duration),
}

impl HoldSpec {
    /// The test's whole duration, or what is left of it.
    pub const FULL: HoldSpec = HoldSpec::Frac(1.0);

    /// A fraction of the test's duration, more than 0 and at most 1.
    #[must_use]
    pub const fn frac(fraction: f64) -> HoldSpec {
        HoldSpec::Frac(fraction)
    }

    /// So long.
    #[must_use]
    pub const fn fixed(duration: Duration) -> HoldSpec {
        HoldSpec::Fixed(duration)
    }

    /// The ops again at each interval.
    #[must_use]
    pub const fn loop_at(interval: Duration) -> HoldSpec {
        HoldSpec::Loop(interval)
    }

    fn check(self) -> anyhow::Result<()> {
        match self {
            HoldSpec::Frac(part) => {
                anyhow::ensure!(
                    part > 0.0 && part <= 1.0,
                    "HoldSpec::frac({part}): more than 0 and at most 1"
                );
            }
            HoldSpec::Loop(interval) => {
                anyhow::ensure!(!interval.is_zero(), "HoldSpec::loop_at: the interval is 0");
            }
            HoldSpec::Fixed(_) => {}
        }
        Ok(())
    }
}

/// The cgroups that a step sets up.
#[derive(Clone, Debug, Default)]
pub struct Setup(pub(crate) Vec<CgroupDef>);

impl From<Vec<CgroupDef>> for Setup {
    fn from(cgroups: Vec<CgroupDef>) -> Setup {
        Setup(cgroups)
    }
}

impl Serialize for Setup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Ops first, then its cgroups with their workers, then the hold; all of its own is gone at its end.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Cgroups that are made and filled.
    #[serde(rename = "cgroups")]
    pub setup: Setup,
    /// What is done before that.
    pub ops: Vec<Op>,
    /// How long it is left so.
    pub hold: HoldSpec,
}

impl Step {
    /// Ops alone.
    #[must_use]
    pub fn new(ops: Vec<Op>, hold: HoldSpec) -> Step {
        Step { setup: Setup::default(), ops, hold }
    }

    /// Nothing but time.
    #[must_use]
    pub fn hold(hold: HoldSpec) -> Step {
        Step::new(Vec::new(), hold)
    }

    /// One op.
    #[must_use]
    pub fn with_op(op: Op, hold: HoldSpec) -> Step {
        Step::new(vec![op], hold)
    }

    /// Cgroups alone.
    #[must_use]
    pub fn with_defs(cgroups: Vec<CgroupDef>, hold: HoldSpec) -> Step {
        Step { setup: cgroups.into(), ops: Vec::new(), hold }
    }

    /// These ops in the place of those it had.
    #[must_use]
    pub fn set_ops(mut self, ops: Vec<Op>) -> Step {
        self.ops = ops;
        self
    }

    /// Another hold.
    #[must_use]
    pub fn set_hold(mut self, hold: HoldSpec) -> Step {
        self.hold = hold;
        self
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.hold.check()?;
        self.ops.iter().try_for_each(Op::check)?;
        self.setup.0.iter().try_for_each(CgroupDef::check)
    }
}

/// Cgroups and ops that are there before the first step and until after the last.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Backdrop {
    pub(crate) ops: Vec<Op>,
    pub(crate) cgroups: Vec<CgroupDef>,
}

impl Backdrop {
    /// Nothing.
    #[must_use]
    pub fn new() -> Backdrop {
        Backdrop::default()
    }

    /// One more cgroup.
    #[must_use]
    pub fn push_cgroup(mut self, cgroup: CgroupDef) -> Backdrop {
        self.cgroups.push(cgroup);
        self
    }

    /// One more op.
    #[must_use]
    pub fn push_op(mut self, op: Op) -> Backdrop {
        self.ops.push(op);
        self
    }

    /// More cgroups.
    #[must_use]
    pub fn extend_cgroups(mut self, cgroups: impl IntoIterator<Item = CgroupDef>) -> Backdrop {
        self.cgroups.extend(cgroups);
        self
    }

    /// More ops.
    #[must_use]
    pub fn extend_ops(mut self, ops: impl IntoIterator<Item = Op>) -> Backdrop {
        self.ops.extend(ops);
        self
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.ops.iter().try_for_each(Op::check)?;
        self.cgroups.iter().try_for_each(CgroupDef::check)
    }
}
