//! The children that run custom work functions: forked by the test's process at the engine's word, each behind a gate.

use crate::work_type::WorkFn;
use crate::worker::WorkerReport;
use crate::worker_main;
use anyhow::{ensure, Context};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// A report is small; its one list of latencies is what could grow.
const LONGEST_REPORT: usize = 8 << 20;

/// A worker's number, and its report or why there is none.
pub(crate) type Reported = (u64, Result<WorkerReport, String>);

/// A flag that both processes see: a page that they share.
#[derive(Debug)]
pub(crate) struct StopFlag(NonNull<AtomicBool>);

impl StopFlag {
    fn new() -> io::Result<StopFlag> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping, which nothing else knows.
        let address =
            unsafe { libc::mmap(std::ptr::null_mut(), size_of::<AtomicBool>(), protection, flags, -1, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // A new page is zero: an AtomicBool that is false.
        NonNull::new(address.cast()).map(StopFlag).ok_or_else(io::Error::last_os_error)
    }

    pub fn get(&self) -> &AtomicBool {
        // SAFETY: mapped until drop, aligned as pages are, and a valid AtomicBool from the start.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for StopFlag {
    fn drop(&mut self) {
        // SAFETY: the mapping of `new`.
        unsafe { libc::munmap(self.0.as_ptr().cast(), size_of::<AtomicBool>()) };
    }
}

#[derive(Debug)]
struct Child {
    pid: libc::pid_t,
    gate: OwnedFd,
    report: OwnedFd,
    bytes: Vec<u8>,
    stop: StopFlag,
}

/// The children of one scenario. Those that are left when it is dropped are killed.
#[derive(Debug, Default)]
pub(crate) struct Children {
    functions: BTreeMap<String, WorkFn>,
    alive: BTreeMap<u64, Child>,
}

impl Children {
    pub fn new(functions: BTreeMap<String, WorkFn>) -> Children {
        Children { functions, alive: BTreeMap::new() }
    }

    /// For requests that start no workers.
    pub fn none() -> Children {
        Children::default()
    }

    /// Forks the child of `worker`, which waits at its gate. `engine`: the connection, which is not the child's.
    pub fn fork(&mut self, worker: u64, name: &str, engine: RawFd) -> anyhow::Result<libc::pid_t> {
        let run = *self
            .functions
            .get(name)
            .with_context(|| format!("the scenario has no work function `{name}`"))?;
        ensure!(!self.alive.contains_key(&worker), "worker {worker} is there already");
        let (gate_out, gate_in) = pipe().context("pipe2")?;
        let (report_out, report_in) = pipe().context("pipe2")?;
        let stop = StopFlag::new().context("mmap")?;
        // SAFETY: the child makes only async-signal-safe calls until its gate opens (worker_main).
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let strange = [engine, gate_in.as_raw_fd(), report_out.as_raw_fd()];
            worker_main::main(run, &strange, gate_out.as_raw_fd(), report_in.as_raw_fd(), stop.get());
        }
        ensure!(pid > 0, "fork: {}", io::Error::last_os_error());
        self.alive.insert(worker, Child { pid, gate: gate_in, report: report_out, bytes: Vec::new(), stop });
        Ok(pid)
    }

    /// Opens their gates.
    pub fn go(&self, workers: &[u64]) {
        for child in workers.iter().filter_map(|worker| self.alive.get(worker)) {
            // SAFETY: one byte of a constant. A child that died already is found by its report.
            unsafe { libc::write(child.gate.as_raw_fd(), b"g".as_ptr().cast(), 1) };
        }
    }

    /// Asks them to stop. One that never started has nothing to report but that.
    pub fn halt(&self, workers: &[u64]) {
        for child in workers.iter().filter_map(|worker| self.alive.get(worker)) {
            child.stop.get().store(true, Ordering::Relaxed);
        }
        self.go(workers);
    }

    /// Waits until `engine` is readable or children have reported; both may be. An error once the deadline is over.
    pub fn wait(
        &mut self,
        engine: RawFd,
        deadline: Option<Instant>,
    ) -> anyhow::Result<(bool, Vec<Reported>)> {
        let mut polled = vec![libc::pollfd { fd: engine, events: libc::POLLIN, revents: 0 }];
        polled.extend(self.alive.values().map(|child| libc::pollfd {
            fd: child.report.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        }));
        let timeout = deadline.map_or(-1, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now()).as_millis();
            i32::try_from(left).unwrap_or(i32::MAX)
        });
        // SAFETY: as many entries as its length says.
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, timeout) };
        if ready < 0 {
            let error = io::Error::last_os_error();
            ensure!(error.kind() == io::ErrorKind::Interrupted, "poll: {error}");
            return Ok((false, Vec::new()));
        }
        ensure!(ready > 0, "the engine did not answer in time");
        let workers: Vec<u64> = self.alive.keys().copied().collect();
        let signalled = workers.into_iter().zip(&polled[1..]).filter(|(_, poll)| poll.revents != 0);
        let mut reports = Vec::new();
        for (worker, _) in signalled {
            reports.extend(self.read(worker).map(|outcome| (worker, outcome)));
        }
        Ok((polled[0].revents != 0, reports))
    }

    /// Reads a part of a report; at its end, what has become of the child.
    fn read(&mut self, worker: u64) -> Option<Result<WorkerReport, String>> {
        let child = self.alive.get_mut(&worker)?;
        let mut chunk = [0_u8; 64 << 10];
        // SAFETY: into an array of that size.
        let count = unsafe { libc::read(child.report.as_raw_fd(), chunk.as_mut_ptr().cast(), chunk.len()) };
        let count = usize::try_from(count).unwrap_or(0);
        child.bytes.extend_from_slice(&chunk[..count]);
        if count > 0 && child.bytes.len() <= LONGEST_REPORT {
            return None;
        }
        let child = self.alive.remove(&worker)?;
        Some(child.finish())
    }
}

impl Child {
    fn finish(self) -> Result<WorkerReport, String> {
        if self.bytes.len() > LONGEST_REPORT {
            self.kill();
            return Err("its report is over 8 MiB".to_string());
        }
        let status = self.reap();
        match serde_json::from_slice(&self.bytes) {
            Ok(outcome) => outcome,
            Err(_) if libc::WIFSIGNALED(status) => {
                Err(format!("killed by signal {}", libc::WTERMSIG(status)))
            }
            Err(_) => {
                Err(format!("it ended without a report, with exit status {}", libc::WEXITSTATUS(status)))
            }
        }
    }

    fn kill(&self) {
        // SAFETY: a child that is not yet waited for, so the number is still its own.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        self.reap();
    }

    fn reap(&self) -> i32 {
        let mut status = 0;
        // SAFETY: a child of ours that is waited for once.
        while unsafe { libc::waitpid(self.pid, &raw mut status, 0) } < 0
            && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
        {}
        status
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for child in self.alive.values() {
            child.kill();
        }
    }
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: into an array of two.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: new descriptors that nothing else owns.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

#[cfg(test)]
#[path = "children_test.rs"]
mod tests;
