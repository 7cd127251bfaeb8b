//! KtstrTestEntry: one declared test, as `#[ktstr_test]` writes it down.

use crate::assert::Assert;
use crate::ctx::Ctx;
use crate::result::AssertResult;
use crate::scheduler::Scheduler;
use crate::topology::{Topology, TopologyConstraints};
use crate::vm_result::VmResult;

/// A scheduler, and the Rust name under which the test knows it.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// The name of its const or static.
    pub id: &'static str,
    /// What it stands for.
    pub scheduler: &'static Scheduler,
}

/// A test's callback on the host.
pub type PostVm = fn(&VmResult) -> anyhow::Result<()>;

/// One test. The macro names what is set, and takes the rest of [`KtstrTestEntry::new`].
#[derive(Debug)]
pub struct KtstrTestEntry {
    /// `crate::module::test`.
    pub name: &'static str,
    /// The test itself.
    pub body: fn(&Ctx) -> anyhow::Result<AssertResult>,
    /// Folder of the test's crate.
    pub manifest_dir: &'static str,
    /// `None`: the kernel's own.
    pub scheduler: Option<Declared>,
    /// Further ones that are brought into the guest.
    pub staged_schedulers: &'static [Declared],
    /// Of its machine.
    pub topology: Topology,
    /// Of other machines that may be chosen for it.
    pub constraints: TopologyConstraints,
    /// The test's own; see [`KtstrTestEntry::thresholds`].
    pub assert: Assert,
    /// Of its machine, in MiB.
    pub memory_mib: u32,
    /// What fractions of a hold are of, in s.
    pub duration_s: u64,
    /// Of sched_ext, in s; 0: the scheduler's own.
    pub watchdog_timeout_s: u64,
    /// Most time to detach the scheduler, in ms.
    pub cleanup_budget_ms: Option<u64>,
    /// How many snapshots are spread over a scenario.
    pub num_snapshots: u32,
    /// Never a machine that was saved with its scheduler attached.
    pub fresh_attach: bool,
    /// No machine.
    pub host_only: bool,
    /// CPUs of its own.
    pub performance_mode: bool,
    /// It may share the host's CPUs, as all machines do.
    pub no_perf_mode: bool,
    /// A machine whose time is what it executes, whatever else is chosen.
    pub deterministic: bool,
    /// Run on demand alone.
    pub ignore: bool,
    /// The body is to fail.
    pub expect_err: bool,
    /// An inconclusive verdict is no failure of the program.
    pub allow_inconclusive: bool,
    /// Text of the error that the scheduler is to end with.
    pub expect_scx_bpf_error_contains: Option<&'static str>,
    /// The same as a regular expression.
    pub expect_scx_bpf_error_matches: Option<&'static str>,
    /// Called on the host after a success.
    pub post_vm: Option<PostVm>,
    /// Called on the host after every run.
    pub post_vm_unconditional: Option<PostVm>,
    /// After the scheduler's own arguments.
    pub extra_sched_args: &'static [&'static str],
    /// Flags of the scheduler, by name, that are always set.
    pub required_flags: &'static [&'static str],
    /// Those that never are.
    pub excluded_flags: &'static [&'static str],
    /// Files that are brought into the guest.
    pub extra_include_files: &'static [&'static str],
    /// Text for the scheduler's `config_file_def`.
    pub config: Option<&'static str>,
    /// Where its cgroups lie, below /sys/fs/cgroup.
    pub workload_root_cgroup: Option<&'static str>,
}

impl KtstrTestEntry {
    /// A test with all defaults: 2048 MiB, 12 s, the scheduler's own watchdog.
    #[must_use]
    pub const fn new(
        name: &'static str,
        body: fn(&Ctx) -> anyhow::Result<AssertResult>,
        manifest_dir: &'static str,
    ) -> KtstrTestEntry {
        KtstrTestEntry {
            name,
            body,
            manifest_dir,
            scheduler: None,
            staged_schedulers: &[],
            topology: Topology::DEFAULT,
            constraints: TopologyConstraints::DEFAULT,
            assert: Assert::NO_OVERRIDES,
            memory_mib: 2048,
            duration_s: 12,
            watchdog_timeout_s: 0,
            cleanup_budget_ms: None,
            num_snapshots: 0,
            fresh_attach: false,
            host_only: false,
            performance_mode: false,
            no_perf_mode: false,
            deterministic: false,
            ignore: false,
            expect_err: false,
            allow_inconclusive: false,
            expect_scx_bpf_error_contains: None,
            expect_scx_bpf_error_matches: None,
            post_vm: None,
            post_vm_unconditional: None,
            extra_sched_args: &[],
            required_flags: &[],
            excluded_flags: &[],
            extra_include_files: &[],
            config: None,
            workload_root_cgroup: None,
        }
    }

    /// Refuses at compile time what nobody would be told.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(self) -> KtstrTestEntry {
        if let Some(declared) = &self.scheduler {
            let has_program = declared.scheduler.checked().has_program();
            assert!(
                has_program || self.extra_sched_args.is_empty(),
                "`extra_sched_args` with a scheduler of the kernel's own: there is no program to give them to"
            );
            assert!(
                has_program || self.config.is_none(),
                "`config` with a scheduler of the kernel's own: there is no program to give it to"
            );
            assert!(
                self.config.is_none() || declared.scheduler.config_file_def.is_some(),
                "`config` with a scheduler that has no `config_file_def`: it does not say where that belongs"
            );
        }
        self
    }

    /// As libtest lists it: without the crate.
    #[must_use]
    pub fn libtest_name(&self) -> &'static str {
        self.name.split_once("::").map_or(self.name, |(_, rest)| rest)
    }

    /// The test's thresholds over its scheduler's.
    #[must_use]
    pub fn thresholds(&self) -> Assert {
        self.scheduler.map_or(Assert::NO_OVERRIDES, |declared| declared.scheduler.assert).merge(&self.assert)
    }

    /// Whether the test says which error of the scheduler it is about; the runner looks for that.
    #[must_use]
    pub fn expects_scheduler_error(&self) -> bool {
        self.expect_scx_bpf_error_contains.is_some() || self.expect_scx_bpf_error_matches.is_some()
    }

    /// Whether there is something to do after the machine: a callback, or the default demand of `num_snapshots`.
    #[must_use]
    pub fn has_post_vm(&self) -> bool {
        self.post_vm.is_some() || self.post_vm_unconditional.is_some() || self.num_snapshots > 0
    }
}
