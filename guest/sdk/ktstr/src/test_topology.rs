//! TestTopology: the CPUs of the machine that the test runs on, as its kernel tells them.

use crate::cpuset::CpusetSpec;
use crate::topology::Topology;
use anyhow::{ensure, Context};
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cpu {
    id: usize,
    llc: usize,
    node: usize,
}

/// CPUs, each with its LLC and its NUMA node. LLCs are counted from 0 in the order of their first CPUs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestTopology {
    cpus: Vec<Cpu>,
}

impl TestTopology {
    /// Of the running machine, by sysfs.
    ///
    /// # Errors
    /// When sysfs does not tell.
    pub fn from_system() -> anyhow::Result<TestTopology> {
        TestTopology::read(Path::new("/sys/devices/system"))
    }

    /// As a machine of this shape has it: CPUs in order, threads first.
    #[must_use]
    pub fn from_spec(numa_nodes: u32, llcs: u32, cores: u32, threads: u32) -> TestTopology {
        let topology = Topology { numa_nodes, llcs, cores, threads }.checked();
        let per_llc = cores as usize * threads as usize;
        let llcs_per_node = (llcs / numa_nodes) as usize;
        let count = usize::try_from(topology.cpus()).unwrap_or(0);
        let cpu = |id| Cpu { id, llc: id / per_llc, node: id / per_llc / llcs_per_node };
        TestTopology { cpus: (0..count).map(cpu).collect() }
    }

    pub(crate) fn read(system: &Path) -> anyhow::Result<TestTopology> {
        let online = list(&system.join("cpu/online"))?;
        ensure!(!online.is_empty(), "no CPU is online");
        let mut nodes = Vec::new();
        for node in list(&system.join("node/online")).unwrap_or_default() {
            nodes.push((node, list(&system.join(format!("node/node{node}/cpulist")))?));
        }
        let mut llcs: Vec<Vec<usize>> = Vec::new();
        let mut cpus = Vec::new();
        for id in online {
            // Without caches in sysfs (some emulators): a CPU's package is its LLC.
            let cpu = system.join(format!("cpu/cpu{id}"));
            let shared = last_cache(&cpu).or_else(|| list(&cpu.join("topology/package_cpus_list")).ok());
            let shared = shared.unwrap_or_else(|| vec![id]);
            let known = llcs.iter().position(|llc| *llc == shared);
            let llc = known.unwrap_or_else(|| {
                llcs.push(shared);
                llcs.len() - 1
            });
            let node = nodes.iter().find(|(_, cpus)| cpus.contains(&id)).map_or(0, |(node, _)| *node);
            cpus.push(Cpu { id, llc, node });
        }
        Ok(TestTopology { cpus })
    }

    /// All CPUs.
    #[must_use]
    pub fn all_cpus(&self) -> Vec<usize> {
        self.cpus.iter().map(|cpu| cpu.id).collect()
    }

    /// How many CPUs.
    #[must_use]
    pub fn total_cpus(&self) -> usize {
        self.cpus.len()
    }

    /// How many LLCs.
    #[must_use]
    pub fn num_llcs(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.llc).collect::<BTreeSet<_>>().len()
    }

    /// How many NUMA nodes with CPUs.
    #[must_use]
    pub fn num_numa_nodes(&self) -> usize {
        self.cpus.iter().map(|cpu| cpu.node).collect::<BTreeSet<_>>().len()
    }

    /// CPUs of one LLC; empty when there is none of this number.
    #[must_use]
    pub fn llc_cpus(&self, llc: usize) -> Vec<usize> {
        self.cpus.iter().filter(|cpu| cpu.llc == llc).map(|cpu| cpu.id).collect()
    }

    /// CPUs of one NUMA node; empty when there is none of this number.
    #[must_use]
    pub fn numa_cpus(&self, node: usize) -> Vec<usize> {
        self.cpus.iter().filter(|cpu| cpu.node == node).map(|cpu| cpu.id).collect()
    }

    /// What `spec` is on this machine, by the rules that the engine goes by (docs/design/scheduler-tests.md).
    #[must_use]
    pub fn resolve(&self, spec: &CpusetSpec) -> BTreeSet<usize> {
        match *spec {
            CpusetSpec::Exact(ref cpus) => cpus.clone(),
            CpusetSpec::Range(from, to) => self.range(from, to),
            CpusetSpec::Disjoint { index, of } => self.part(index, of, 0.0),
            CpusetSpec::Overlap { index, of, frac } => self.part(index, of, frac),
            CpusetSpec::Llc(llc) => self.llc_cpus(llc).into_iter().collect(),
            CpusetSpec::Numa(node) => self.numa_cpus(node).into_iter().collect(),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn range(&self, from: f64, to: f64) -> BTreeSet<usize> {
        let count = self.cpus.len();
        let first = ((from * count as f64) as usize).min(count - 1);
        let last = ((to * count as f64).round() as usize).clamp(first + 1, count);
        self.cpus[first..last].iter().map(|cpu| cpu.id).collect()
    }

    /// The last part goes on into the first.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn part(&self, index: usize, of: usize, frac: f64) -> BTreeSet<usize> {
        let count = self.cpus.len();
        if index >= of || of > count {
            return BTreeSet::new(); // the engine refuses it
        }
        let (first, next) = (count * index / of, count * (index + 1) / of);
        let wider = ((next - first) as f64 * frac).round() as usize;
        (first..next + wider).map(|index| self.cpus[index % count].id).collect()
    }
}

/// The CPUs that share the cache of the highest level.
fn last_cache(cpu: &Path) -> Option<Vec<usize>> {
    let caches =
        (0..).map(|index| cpu.join(format!("cache/index{index}"))).take_while(|cache| cache.is_dir());
    let level = |cache: &Path| read_to_string(cache.join("level")).ok()?.trim().parse::<u32>().ok();
    let last = caches.filter(|cache| level(cache).is_some()).max_by_key(|cache| level(cache))?;
    list(&last.join("shared_cpu_list")).ok()
}

fn list(file: &Path) -> anyhow::Result<Vec<usize>> {
    let text = read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    cpu_list(text.trim()).with_context(|| format!("{} is no list of CPUs: {text:?}", file.display()))
}

/// The kernel's list format, `0-3,8`; the empty text is the empty list.
pub(crate) fn cpu_list(text: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if last.checked_sub(first)? > 1 << 16 {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
#[path = "test_topology_test.rs"]
mod tests;
