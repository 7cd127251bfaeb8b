//! Tests of Linux schedulers, each in a VM of its own with the scheduler attached.
//!
//! ```no_run
//! use ktstr::prelude::*;
//!
//! declare_scheduler!(MY_SCHED, { name = "my_sched", binary = "scx_my_sched", topology = (1, 2, 2, 1) });
//!
//! #[ktstr_test(scheduler = MY_SCHED, duration_s = 5, max_gap_ms = 2000)]
//! fn two_cgroups(ctx: &Ctx) -> Result<AssertResult> {
//!     execute_defs(ctx, vec![CgroupDef::named("a").workers(2), CgroupDef::named("b").workers(6)])
//! }
//! # fn main() {}
//! ```
//!
//! `cargo ktstr test` makes the VMs. The crate itself is thin: a test's cgroups, workers and steps are data that it
//! sends to the guest's engine, which does and measures everything.

#![warn(missing_docs)]

extern crate self as ktstr;

mod assert;
mod cgroup;
mod children;
mod cpuset;
mod ctx;
mod describe;
mod duration;
mod engine;
mod entry;
#[cfg(test)]
mod fake_engine;
mod harness;
mod measured;
mod op;
mod policy;
mod post_vm;
pub mod prelude;
mod registry;
mod result;
mod run;
mod scenario;
pub mod scenarios;
mod scheduler;
mod staged;
mod start;
mod step;
pub mod test_support;
mod test_topology;
mod topology;
mod verdict;
mod vm_result;
mod work;
mod work_type;
pub mod worker;
mod worker_main;

pub use ktstr_macros::{declare_scheduler, ktstr_test};

/// Of this crate. The engine and the runner must be of the same.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
