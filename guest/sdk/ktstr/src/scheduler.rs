//! A scheduler under test, as its tests declare it. All of it can be a `const`.

use crate::assert::Assert;
use crate::topology::{Topology, TopologyConstraints};

/// Where the scheduler's program comes from.
#[allow(missing_docs)] // fields: said with their variants
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchedulerSpec {
    /// The kernel's own scheduler: nothing is attached.
    Eevdf,
    /// A program of this name, found or built by the runner.
    Discover(&'static str),
    /// A program at this path; a relative one starts at the declaring crate.
    Path(&'static str),
    /// One that is part of the kernel: lines of the shell that switch it on and off.
    KernelBuiltin { enable: &'static [&'static str], disable: &'static [&'static str] },
}

/// One sysctl, set in the guest before the scheduler starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sysctl {
    pub(crate) key: &'static str,
    pub(crate) value: &'static str,
}

impl Sysctl {
    /// `key` as in sysctl(8), with dots: `kernel.sched_rr_timeslice_ms`.
    #[must_use]
    pub const fn new(key: &'static str, value: &'static str) -> Sysctl {
        Sysctl { key, value }
    }
}

/// Something that a scheduler can be told to do or not to do. The gauntlet runs tests with every combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [&'static str],
    pub(crate) needs: &'static [&'static str],
}

impl Flag {
    /// `name` is a part of the names of its tests: letters, digits, `-`, `_` and `.`. `args` are the scheduler's, where it is set.
    #[must_use]
    pub const fn new(name: &'static str, args: &'static [&'static str]) -> Flag {
        Flag { name, args, needs: &[] }
    }

    /// Names of flags without which it makes no sense.
    #[must_use]
    pub const fn needs(mut self, names: &'static [&'static str]) -> Flag {
        self.needs = names;
        self
    }
}

/// What a test runs under. Made by a chain that starts with [`Scheduler::named`], or by `declare_scheduler!`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scheduler {
    pub(crate) name: &'static str,
    pub(crate) binary: SchedulerSpec,
    pub(crate) sched_args: &'static [&'static str],
    #[doc(hidden)]
    pub topology: Option<Topology>,
    pub(crate) kargs: &'static [&'static str],
    pub(crate) sysctls: &'static [Sysctl],
    pub(crate) kernels: &'static [&'static str],
    pub(crate) flags: &'static [Flag],
    pub(crate) cgroup_parent: Option<&'static str>,
    pub(crate) config_file: Option<&'static str>,
    pub(crate) config_file_def: Option<(&'static str, &'static str)>,
    pub(crate) manifest_dir: Option<&'static str>,
    #[doc(hidden)]
    pub constraints: TopologyConstraints,
    pub(crate) assert: Assert,
}

/// The kernel's own scheduler.
pub const EEVDF: Scheduler = Scheduler::EEVDF;

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) => $field:ident = $value:expr;)*) => {
        $($(#[$doc])* #[must_use] pub const fn $name(mut self, $($argument: $type),*) -> Scheduler {
            self.$field = $value;
            self
        })*
    };
}

impl Scheduler {
    /// The kernel's own scheduler.
    pub const EEVDF: Scheduler = Scheduler::named("eevdf");

    /// A scheduler that people know as `name`. Without a `binary` it is the kernel's own.
    #[must_use]
    pub const fn named(name: &'static str) -> Scheduler {
        Scheduler {
            name,
            binary: SchedulerSpec::Eevdf,
            sched_args: &[],
            topology: None,
            kargs: &[],
            sysctls: &[],
            kernels: &[],
            flags: &[],
            cgroup_parent: None,
            config_file: None,
            config_file_def: None,
            manifest_dir: None,
            constraints: TopologyConstraints::DEFAULT,
            assert: Assert::NO_OVERRIDES,
        }
    }

    setters! {
        /// Where its program comes from.
        binary(spec: SchedulerSpec) => binary = spec;
        /// A program of this name, found or built by the runner.
        binary_discover(name: &'static str) => binary = SchedulerSpec::Discover(name);
        /// Arguments of every start. The guest makes the cgroup of a `--cell-parent-cgroup PATH` among them.
        sched_args(arguments: &'static [&'static str]) => sched_args = arguments;
        /// What its tests run on unless they say otherwise: NUMA nodes, LLCs in all, cores per LLC, threads per core.
        topology(numa_nodes: u32, llcs: u32, cores: u32, threads: u32) =>
            topology = Some(Topology { numa_nodes, llcs, cores, threads }.checked());
        /// Added to the kernel's command line.
        kargs(words: &'static [&'static str]) => kargs = words;
        /// Set before the scheduler starts.
        sysctls(sysctls: &'static [Sysctl]) => sysctls = sysctls;
        /// Kernel specs that it is meant for.
        kernels(specs: &'static [&'static str]) => kernels = specs;
        /// What it can be told to do or not to do: the gauntlet combines them, 12 at most.
        flags(flags: &'static [Flag]) => flags = flags;
        /// A cgroup, below the hierarchy's root, that is made before it starts.
        cgroup_parent(path: &'static str) => cgroup_parent = Some(path);
        /// A file of the declaring crate, brought into the guest and given as `--config FILE`.
        config_file(path: &'static str) => config_file = Some(path);
        /// How a test's `config` text is given: the argument, with `{file}` for the path, and the path in the guest.
        config_file_def(argument: &'static str, path: &'static str) => config_file_def = Some((argument, path));
        /// Folder of the crate that declares it; relative paths start there.
        manifest_dir(path: &'static str) => manifest_dir = Some(path);
        /// Which topologies its tests make sense on.
        constraints(constraints: TopologyConstraints) => constraints = constraints.checked();
        /// Thresholds of its tests, unless they say otherwise.
        assert(thresholds: Assert) => assert = thresholds;
    }

    /// Whether it is one that is started, with arguments, and not a part of the kernel.
    pub(crate) const fn has_program(&self) -> bool {
        matches!(self.binary, SchedulerSpec::Discover(_) | SchedulerSpec::Path(_))
    }

    /// Refuses at compile time what is for a program, where there is none.
    pub(crate) const fn checked(&self) -> &Scheduler {
        let is_told_something = !self.sched_args.is_empty()
            || self.cgroup_parent.is_some()
            || self.config_file.is_some()
            || self.config_file_def.is_some()
            || !self.flags.is_empty();
        assert!(
            self.has_program() || !is_told_something,
            "a scheduler of the kernel's own has no program to give `sched_args`, `flags`, `cgroup_parent`, `config_file` or \
             `config_file_def` to"
        );
        self
    }

    /// Least vCPUs of a chosen topology.
    #[must_use]
    pub const fn min_cpus(mut self, cpus: u32) -> Scheduler {
        self.constraints.min_cpus = cpus;
        self
    }

    /// Most vCPUs of a chosen topology.
    #[must_use]
    pub const fn max_cpus(mut self, cpus: u32) -> Scheduler {
        self.constraints.max_cpus = Some(cpus);
        self
    }

    /// Least LLCs of a chosen topology.
    #[must_use]
    pub const fn min_llcs(mut self, llcs: u32) -> Scheduler {
        self.constraints.min_llcs = llcs;
        self
    }

    /// Most LLCs of a chosen topology.
    #[must_use]
    pub const fn max_llcs(mut self, llcs: u32) -> Scheduler {
        self.constraints.max_llcs = Some(llcs);
        self
    }

    /// Least NUMA nodes of a chosen topology.
    #[must_use]
    pub const fn min_numa_nodes(mut self, nodes: u32) -> Scheduler {
        self.constraints.min_numa_nodes = nodes;
        self
    }

    /// Most NUMA nodes of a chosen topology.
    #[must_use]
    pub const fn max_numa_nodes(mut self, nodes: u32) -> Scheduler {
        self.constraints.max_numa_nodes = Some(nodes);
        self
    }

    /// Whether a chosen topology must have two threads in a core.
    #[must_use]
    pub const fn requires_smt(mut self, required: bool) -> Scheduler {
        self.constraints.requires_smt = required;
        self
    }
}
