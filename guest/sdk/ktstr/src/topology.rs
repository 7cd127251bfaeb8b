//! The shape of a test's machine, and what a test demands of shapes that others choose.

use serde::Serialize;

/// CPUs of a machine: `llcs` in all (a multiple of `numa_nodes`), `cores` in each LLC, `threads` in each core.
/// The default is 1 node, 1 LLC, 2 cores, 1 thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Topology {
    /// NUMA nodes.
    pub numa_nodes: u32,
    /// LLCs of all nodes.
    pub llcs: u32,
    /// Cores of each LLC.
    pub cores: u32,
    /// Threads of each core.
    pub threads: u32,
}

/// The most vCPUs of a machine.
pub const MAX_CPUS: u64 = 255;

impl Topology {
    /// What a test gets when neither it nor its scheduler says anything.
    pub const DEFAULT: Topology = Topology { numa_nodes: 1, llcs: 1, cores: 2, threads: 1 };

    /// vCPUs of the machine.
    #[must_use]
    pub const fn cpus(&self) -> u64 {
        self.llcs as u64 * self.cores as u64 * self.threads as u64
    }

    /// Refuses at compile time what no machine can be.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(self) -> Topology {
        assert!(self.numa_nodes > 0, "`numa_nodes` is 0: a machine has at least one NUMA node");
        assert!(self.llcs > 0, "`llcs` is 0: a machine has at least one LLC");
        assert!(self.cores > 0, "`cores` is 0: an LLC has at least one core");
        assert!(self.threads > 0, "`threads` is 0: a core has at least one thread");
        assert!(
            self.llcs % self.numa_nodes == 0,
            "`llcs` is not a multiple of `numa_nodes`: `llcs` counts the LLCs of all nodes, and each node has as many"
        );
        // Each factor first: their product must not overflow.
        assert!(
            self.llcs as u64 <= MAX_CPUS
                && self.cores as u64 <= MAX_CPUS
                && self.threads as u64 <= MAX_CPUS
                && self.cpus() <= MAX_CPUS,
            "`llcs` x `cores` x `threads` is more than 255 vCPUs, the most of a machine"
        );
        self
    }

    /// A test's topology: what it sets, then what its scheduler says, dimension by dimension, then the default.
    #[doc(hidden)]
    #[must_use]
    pub const fn effective(scheduler: Option<Topology>, keys: TopologyKeys) -> Topology {
        let below = match scheduler {
            Some(topology) => topology,
            None => Topology::DEFAULT,
        };
        Topology {
            numa_nodes: or(keys.numa_nodes, below.numa_nodes),
            llcs: or(keys.llcs, below.llcs),
            cores: or(keys.cores, below.cores),
            threads: or(keys.threads, below.threads),
        }
        .checked()
    }
}

const fn or(key: Option<u32>, below: u32) -> u32 {
    match key {
        Some(value) => value,
        None => below,
    }
}

/// The dimensions that a test sets itself.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TopologyKeys {
    pub numa_nodes: Option<u32>,
    pub llcs: Option<u32>,
    pub cores: Option<u32>,
    pub threads: Option<u32>,
}

impl TopologyKeys {
    pub const NONE: TopologyKeys = TopologyKeys { numa_nodes: None, llcs: None, cores: None, threads: None };
}

/// Which topologies a test makes sense on, when another than its own is chosen for it. `None`: no upper limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TopologyConstraints {
    /// Least vCPUs.
    pub min_cpus: u32,
    /// Most vCPUs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cpus: Option<u32>,
    /// Least LLCs.
    pub min_llcs: u32,
    /// Most LLCs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_llcs: Option<u32>,
    /// Least NUMA nodes.
    pub min_numa_nodes: u32,
    /// Most NUMA nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_numa_nodes: Option<u32>,
    /// Two threads in a core.
    pub requires_smt: bool,
}

impl TopologyConstraints {
    /// 1 to 192 CPUs, 1 to 12 LLCs, one NUMA node, with or without SMT.
    pub const DEFAULT: TopologyConstraints = TopologyConstraints {
        min_cpus: 1,
        max_cpus: Some(192),
        min_llcs: 1,
        max_llcs: Some(12),
        min_numa_nodes: 1,
        max_numa_nodes: Some(1),
        requires_smt: false,
    };

    /// Refuses at compile time a range that nothing is in.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(self) -> TopologyConstraints {
        assert!(holds(self.min_cpus, self.max_cpus), "`min_cpus` is greater than `max_cpus`");
        assert!(holds(self.min_llcs, self.max_llcs), "`min_llcs` is greater than `max_llcs`");
        assert!(
            holds(self.min_numa_nodes, self.max_numa_nodes),
            "`min_numa_nodes` is greater than `max_numa_nodes`"
        );
        self
    }
}

impl Default for TopologyConstraints {
    fn default() -> TopologyConstraints {
        TopologyConstraints::DEFAULT
    }
}

const fn holds(least: u32, most: Option<u32>) -> bool {
    match most {
        Some(most) => least <= most,
        None => true,
    }
}
