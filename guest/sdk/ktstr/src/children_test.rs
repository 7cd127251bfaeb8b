use super::*;
use crate::worker::WorkerCtx;
use std::time::Duration;

fn abort(_: &WorkerCtx) -> WorkerReport {
    std::process::abort()
}

fn leave(_: &WorkerCtx) -> WorkerReport {
    std::process::exit(3)
}

fn long(_: &WorkerCtx) -> WorkerReport {
    WorkerReport { wake_latencies_ns: vec![u64::MAX; 1 << 20], ..WorkerReport::default() }
}

fn until_stopped(ctx: &WorkerCtx) -> WorkerReport {
    while !ctx.stopped() {
        std::thread::yield_now();
    }
    WorkerReport { iterations: ctx.cpus().len() as u64, ..WorkerReport::default() }
}

fn children(run: WorkFn) -> Children {
    Children::new(BTreeMap::from([("f".to_string(), run)]))
}

/// A pipe in the engine's place: it says nothing.
fn silence() -> (OwnedFd, OwnedFd) {
    pipe().expect("a pipe")
}

fn reports(children: &mut Children, engine: RawFd) -> Vec<Reported> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (_, reports) = children.wait(engine, Some(deadline)).expect("a report in time");
        if !reports.is_empty() {
            return reports;
        }
    }
}

fn error_of(run: WorkFn) -> String {
    let (engine, _other) = silence();
    let mut children = children(run);
    children.fork(1, "f", engine.as_raw_fd()).expect("a child");
    children.go(&[1]);
    reports(&mut children, engine.as_raw_fd()).remove(0).1.expect_err("no report")
}

#[test]
fn a_child_that_dies_says_how() {
    assert_eq!(error_of(abort), "killed by signal 6");
    assert_eq!(error_of(leave), "it ended without a report, with exit status 3");
}

#[test]
fn a_report_is_bounded() {
    assert_eq!(error_of(long), "its report is over 8 MiB");
}

#[test]
fn a_child_runs_from_go_to_halt() {
    let (engine, _other) = silence();
    let mut children = children(until_stopped);
    children.fork(1, "f", engine.as_raw_fd()).expect("a child");
    children.go(&[1]);
    children.halt(&[1]);
    let (worker, report) = reports(&mut children, engine.as_raw_fd()).remove(0);
    assert_eq!(worker, 1);
    assert!(report.expect("a report").iterations > 0, "it knows its CPUs");
}

#[test]
fn a_child_at_its_gate_does_nothing() {
    let (engine, _other) = silence();
    let mut children = children(abort);
    children.fork(1, "f", engine.as_raw_fd()).expect("a child");
    let nothing = children.wait(engine.as_raw_fd(), Some(Instant::now() + Duration::from_millis(20)));
    assert_eq!(nothing.expect_err("nothing").to_string(), "the engine did not answer in time");
}

#[test]
fn a_worker_is_forked_once() {
    let (engine, _other) = silence();
    let mut children = children(until_stopped);
    children.fork(1, "f", engine.as_raw_fd()).expect("a child");
    assert!(children.fork(1, "f", engine.as_raw_fd()).is_err());
}

#[test]
fn children_are_gone_with_their_owner() {
    let (engine, _other) = silence();
    let mut children = children(until_stopped);
    let pid = children.fork(1, "f", engine.as_raw_fd()).expect("a child");
    children.go(&[1]);
    drop(children);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}
