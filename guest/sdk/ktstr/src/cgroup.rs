//! CgroupDef: a cgroup with its limits and its workers.

use crate::cpuset::CpusetSpec;
use crate::duration;
use crate::work::{work_setters, WorkSpec};
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;

/// A cgroup below the test's root. What is not set is left to the kernel. Without a `work` it has one [`WorkSpec`] of
/// the defaults.
#[derive(Clone, Debug, Serialize)]
pub struct CgroupDef {
    pub(crate) name: Cow<'static, str>,
    pub(crate) works: Vec<WorkSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpuset: Option<CpusetSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpuset_mems: Option<Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_quota: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_weight: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_max: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_high: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_low: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_swap_max: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    io_weight: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pids_max: Option<u64>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Quota {
    #[serde(with = "duration")]
    quota: Duration,
    #[serde(with = "duration")]
    period: Duration,
}

/// The kernel's default period of cpu.max.
const PERIOD: Duration = Duration::from_millis(100);

impl CgroupDef {
    /// A cgroup of this name; `a/b` lies in `a`.
    #[must_use]
    pub fn named(name: impl Into<Cow<'static, str>>) -> CgroupDef {
        CgroupDef {
            name: name.into(),
            works: vec![WorkSpec::default()],
            cpuset: None,
            cpuset_mems: None,
            cpu_quota: None,
            cpu_weight: None,
            memory_max: None,
            memory_high: None,
            memory_low: None,
            memory_swap_max: None,
            io_weight: None,
            pids_max: None,
        }
    }

    work_setters!(self => self.works[0]);

    /// Further workers, beside those that the setters above speak of.
    #[must_use]
    pub fn work(mut self, work: WorkSpec) -> CgroupDef {
        self.works.push(work);
        self
    }

    /// Its CPUs (cpuset.cpus).
    #[must_use]
    pub fn cpuset(mut self, cpus: CpusetSpec) -> CgroupDef {
        self.cpuset = Some(cpus);
        self
    }

    /// Its NUMA nodes (cpuset.mems).
    #[must_use]
    pub fn cpuset_mems(mut self, nodes: impl IntoIterator<Item = usize>) -> CgroupDef {
        self.cpuset_mems = Some(nodes.into_iter().collect());
        self
    }

    /// CPU time in each period (cpu.max).
    #[must_use]
    pub fn cpu_quota(mut self, quota: Duration, period: Duration) -> CgroupDef {
        self.cpu_quota = Some(Quota { quota, period });
        self
    }

    /// CPU time in percent of one CPU, in periods of 100 ms (cpu.max).
    #[must_use]
    pub fn cpu_quota_pct(self, percent: u32) -> CgroupDef {
        self.cpu_quota(PERIOD * percent / 100, PERIOD)
    }

    /// cpu.weight, 1 to 10000; the kernel's default is 100.
    #[must_use]
    pub fn cpu_weight(mut self, weight: u32) -> CgroupDef {
        self.cpu_weight = Some(weight);
        self
    }

    /// memory.max, in bytes.
    #[must_use]
    pub fn memory_max(mut self, bytes: u64) -> CgroupDef {
        self.memory_max = Some(bytes);
        self
    }

    /// memory.high, in bytes.
    #[must_use]
    pub fn memory_high(mut self, bytes: u64) -> CgroupDef {
        self.memory_high = Some(bytes);
        self
    }

    /// memory.low, in bytes.
    #[must_use]
    pub fn memory_low(mut self, bytes: u64) -> CgroupDef {
        self.memory_low = Some(bytes);
        self
    }

    /// memory.swap.max, in bytes.
    #[must_use]
    pub fn memory_swap_max(mut self, bytes: u64) -> CgroupDef {
        self.memory_swap_max = Some(bytes);
        self
    }

    /// io.weight, 1 to 10000; the kernel's default is 100.
    #[must_use]
    pub fn io_weight(mut self, weight: u16) -> CgroupDef {
        self.io_weight = Some(weight);
        self
    }

    /// pids.max: tasks in it.
    #[must_use]
    pub fn pids_max(mut self, tasks: u64) -> CgroupDef {
        self.pids_max = Some(tasks);
        self
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        check_name(&self.name)?;
        self.works.iter().try_for_each(|work| work.check(&format!("cgroup `{}`", self.name)))
    }
}

/// A cgroup's name is a path of its own below the test's root.
pub(crate) fn check_name(name: &str) -> anyhow::Result<()> {
    anyhow::ensure!(!name.is_empty(), "a cgroup has an empty name");
    let fits = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    anyhow::ensure!(fits, "cgroup `{name}`: a name is relative and has no empty part, no `.` and no `..`");
    Ok(())
}
