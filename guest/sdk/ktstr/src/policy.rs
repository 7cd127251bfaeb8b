//! How a worker is scheduled, where it may run, where its memory lies, and what it is to the kernel.

use crate::duration;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;

/// Scheduling policy, sched(7).
#[allow(missing_docs)] // fields: said with their variants
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SchedPolicy {
    /// SCHED_NORMAL (SCHED_OTHER).
    #[default]
    Normal,
    /// SCHED_BATCH.
    Batch,
    /// SCHED_IDLE.
    Idle,
    /// SCHED_EXT: under the scheduler also when that switches only this class.
    Ext,
    /// SCHED_FIFO of this priority, 1 to 99.
    Fifo(u32),
    /// SCHED_RR of this priority, 1 to 99.
    RoundRobin(u32),
    /// SCHED_DEADLINE: `runtime` <= `deadline` <= `period`.
    Deadline {
        #[serde(with = "duration")]
        runtime: Duration,
        #[serde(with = "duration")]
        deadline: Duration,
        #[serde(with = "duration")]
        period: Duration,
    },
}

/// Which CPUs of its cgroup a worker asks for.
#[allow(missing_docs)] // fields: said with their variants
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AffinityIntent {
    /// All that its cgroup has.
    #[default]
    Inherit,
    /// `count` CPUs of `from`.
    RandomSubset { from: BTreeSet<usize>, count: usize },
    /// The CPUs of one LLC.
    LlcAligned,
    /// All CPUs of the machine.
    CrossCgroup,
    /// One CPU.
    SingleCpu,
    /// These CPUs.
    Exact(BTreeSet<usize>),
    /// Two threads of one core.
    SmtSiblingPair,
}

impl AffinityIntent {
    /// These CPUs: a range, an array, a `Vec`.
    pub fn exact(cpus: impl IntoIterator<Item = usize>) -> AffinityIntent {
        AffinityIntent::Exact(cpus.into_iter().collect())
    }
}

/// Memory policy, set_mempolicy(2); nodes by their number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MemPolicy {
    /// The system's.
    Default,
    /// Only on these nodes.
    Bind(BTreeSet<usize>),
    /// On this node while it has memory.
    Preferred(usize),
    /// In turns over these nodes.
    Interleave(BTreeSet<usize>),
    /// On the node that the worker runs on.
    Local,
    /// On these nodes while they have memory.
    PreferredMany(BTreeSet<usize>),
    /// In turns by the nodes' weights.
    WeightedInterleave(BTreeSet<usize>),
}

/// What a worker is to the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneMode {
    /// A process of its own.
    Fork,
    /// A thread of one process with the others of its WorkSpec.
    Thread,
}
