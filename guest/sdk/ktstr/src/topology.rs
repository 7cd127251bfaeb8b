//! The shape of a test's machine, and which shapes a test allows.

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

    /// Refuses at compile time what `constraints` do not allow: a test is not declared for a machine that it would not
    /// run on. Limits that are there by default are for chosen topologies alone: see [`TopologyConstraints::said`].
    #[doc(hidden)]
    #[must_use]
    pub const fn held_to(self, constraints: TopologyConstraints) -> Topology {
        assert!(
            self.numa_nodes >= constraints.min_numa_nodes,
            "`numa_nodes` is less than `min_numa_nodes`: the test does not allow the machine that it declares"
        );
        assert!(
            holds(self.numa_nodes, constraints.max_numa_nodes),
            "`numa_nodes` is greater than `max_numa_nodes`: the test does not allow the machine that it declares"
        );
        assert!(
            self.llcs >= constraints.min_llcs,
            "`llcs` is less than `min_llcs`: the test does not allow the machine that it declares"
        );
        assert!(
            holds(self.llcs, constraints.max_llcs),
            "`llcs` is greater than `max_llcs`: the test does not allow the machine that it declares"
        );
        let cpus = self.llcs * self.cores * self.threads;
        assert!(
            cpus >= constraints.min_cpus,
            "`llcs` x `cores` x `threads` is less than `min_cpus`: the test does not allow the machine that it declares"
        );
        assert!(
            holds(cpus, constraints.max_cpus),
            "`llcs` x `cores` x `threads` is greater than `max_cpus`: the test does not allow the machine that it declares"
        );
        assert!(
            !constraints.requires_smt || self.threads > 1,
            "`threads` is 1 with `requires_smt`: the test does not allow the machine that it declares"
        );
        self
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

/// Which topologies a test makes sense on: its own, and what is chosen for it. `None`: no upper limit.
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

    /// Without the upper limits of the default. Who declares a bigger machine has only not spoken of them.
    #[doc(hidden)]
    #[must_use]
    pub const fn said(self) -> TopologyConstraints {
        let default = TopologyConstraints::DEFAULT;
        TopologyConstraints {
            max_cpus: unless(self.max_cpus, default.max_cpus),
            max_llcs: unless(self.max_llcs, default.max_llcs),
            max_numa_nodes: unless(self.max_numa_nodes, default.max_numa_nodes),
            ..self
        }
    }
}

impl Default for TopologyConstraints {
    fn default() -> TopologyConstraints {
        TopologyConstraints::DEFAULT
    }
}

const fn unless(most: Option<u32>, default: Option<u32>) -> Option<u32> {
    match (most, default) {
        (Some(most), Some(default)) if most == default => None,
        _ => most,
    }
}

const fn holds(least: u32, most: Option<u32>) -> bool {
    match most {
        Some(most) => least <= most,
        None => true,
    }
}

#[cfg(test)]
#[path = "topology_test.rs"]
mod tests;
