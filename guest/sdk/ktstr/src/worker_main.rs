//! What a forked worker does: waits at its gate, runs the test's function, reports, ends.

use crate::work_type::WorkFn;
use crate::worker::{WorkerCtx, WorkerReport};
use std::fs::read_to_string;
use std::os::fd::RawFd;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// The child's whole life. Until the gate opens it only makes system calls: the process had other threads at the fork,
/// and their locks are as they were. `strange`: descriptors that are the parent's.
pub(crate) fn main(run: WorkFn, strange: &[RawFd], gate: RawFd, report: RawFd, stop: &AtomicBool) -> ! {
    // SAFETY: system calls on descriptors of this process, which ends here.
    unsafe {
        // With the test's thread, also when the test is killed; and when that has happened already.
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        // The latency of a wake-up is the scheduler's, not the timer's.
        libc::prctl(libc::PR_SET_TIMERSLACK, 1_u64);
        for descriptor in strange {
            libc::close(*descriptor);
        }
        let mut byte = 0_u8;
        loop {
            let count = libc::read(gate, (&raw mut byte).cast(), 1);
            if count == 1 {
                break;
            }
            if count == 0 || *libc::__errno_location() != libc::EINTR {
                libc::_exit(0); // the gate's other end is gone: so is the test
            }
        }
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&context(stop)))).map_err(|panic| panic_text(&*panic));
    let written = write_all(report, &serialize(&outcome));
    // SAFETY: ends the process without what the parent's process would do at its exit.
    unsafe { libc::_exit(i32::from(!written)) }
}

/// Serde's form of a Result, which the parent reads as the same type.
fn serialize(outcome: &Result<WorkerReport, String>) -> Vec<u8> {
    serde_json::to_vec(outcome).unwrap_or_default()
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("with a value that is no text"))
}

fn write_all(descriptor: RawFd, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        // SAFETY: as many bytes as there are.
        let count = unsafe { libc::write(descriptor, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(count) {
            Ok(count) => bytes = &bytes[count..],
            Err(_) if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    true
}

fn context(stop: &AtomicBool) -> WorkerCtx<'_> {
    let cgroup_dir = cgroup_dir();
    let procs =
        cgroup_dir.as_ref().and_then(|dir| read_to_string(dir.join("cgroup.procs")).ok()).unwrap_or_default();
    // SAFETY: cannot fail.
    let me = unsafe { libc::getpid() };
    let sibling_pids = procs.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid != me).collect();
    WorkerCtx { stop, cpus: allowed_cpus(), sibling_pids, cgroup_dir }
}

/// In the unified hierarchy: the line `0::/path` of cgroups(7).
fn cgroup_dir() -> Option<PathBuf> {
    let text = read_to_string("/proc/self/cgroup").ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(PathBuf::from("/sys/fs/cgroup").join(path))
}

fn allowed_cpus() -> Vec<usize> {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    list.and_then(|list| crate::test_topology::cpu_list(list.trim())).unwrap_or_default()
}
