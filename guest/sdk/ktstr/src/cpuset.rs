//! Which CPUs a cgroup gets, said without knowing the machine.

use serde::Serialize;
use std::collections::BTreeSet;

/// A set of CPUs; the engine resolves it on the machine it finds.
#[allow(missing_docs)] // fields: said with their variants
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CpusetSpec {
    /// These CPUs.
    Exact(BTreeSet<usize>),
    /// From a fraction of the CPUs to another, each 0 to 1.
    Range(f64, f64),
    /// Part `index` (from 0) of `of` equal parts.
    Disjoint { index: usize, of: usize },
    /// The same, each part wider by the fraction `frac` of a part, into the next.
    Overlap { index: usize, of: usize, frac: f64 },
    /// The CPUs of one LLC.
    Llc(usize),
    /// The CPUs of one NUMA node.
    Numa(usize),
}

impl CpusetSpec {
    /// These CPUs: a range, an array, a `Vec`.
    pub fn exact(cpus: impl IntoIterator<Item = usize>) -> CpusetSpec {
        CpusetSpec::Exact(cpus.into_iter().collect())
    }

    /// From a fraction of the CPUs to another, each 0 to 1.
    #[must_use]
    pub const fn range(from: f64, to: f64) -> CpusetSpec {
        CpusetSpec::Range(from, to)
    }

    /// Part `index` (from 0) of `of` equal parts.
    #[must_use]
    pub const fn disjoint(index: usize, of: usize) -> CpusetSpec {
        CpusetSpec::Disjoint { index, of }
    }

    /// Part `index` of `of`, wider by the fraction `frac` of a part.
    #[must_use]
    pub const fn overlap(index: usize, of: usize, frac: f64) -> CpusetSpec {
        CpusetSpec::Overlap { index, of, frac }
    }

    /// The CPUs of LLC `index`.
    #[must_use]
    pub const fn llc(index: usize) -> CpusetSpec {
        CpusetSpec::Llc(index)
    }

    /// The CPUs of NUMA node `index`.
    #[must_use]
    pub const fn numa(index: usize) -> CpusetSpec {
        CpusetSpec::Numa(index)
    }
}
