use super::*;
use crate::result::AssertResult;

const PLAIN: KtstrTestEntry = KtstrTestEntry::new("crate::t", |_| Ok(AssertResult::pass()), "/");

fn says(text: &'static str) -> anyhow::Result<()> {
    Err(anyhow::anyhow!(text))
}

fn outcome(entry: &KtstrTestEntry, success: bool) -> String {
    call(entry, &VmResult { success, ..VmResult::default() })
        .map_or_else(|error| error.to_string(), |()| "ok".into())
}

#[test]
fn the_plain_callback_is_called_after_a_success_alone() {
    let entry = KtstrTestEntry { post_vm: Some(|_| says("called")), ..PLAIN };
    assert_eq!(outcome(&entry, true), "called");
    assert_eq!(outcome(&entry, false), "ok");
}

#[test]
fn the_unconditional_one_is_always_called() {
    let entry = KtstrTestEntry { post_vm_unconditional: Some(|_| says("called")), ..PLAIN };
    assert_eq!(outcome(&entry, true), "called");
    assert_eq!(outcome(&entry, false), "called");
}

#[test]
fn a_failure_of_one_does_not_hide_the_other() {
    let entry = KtstrTestEntry {
        post_vm: Some(|_| says("second")),
        post_vm_unconditional: Some(|_| panic!("first")),
        ..PLAIN
    };
    assert_eq!(outcome(&entry, true), "the callback panicked\nsecond");
}

#[test]
fn snapshots_that_nobody_looks_at_must_be_there() {
    let entry = KtstrTestEntry { num_snapshots: 3, ..PLAIN };
    assert_eq!(outcome(&entry, true), "none of 3 snapshots was taken");
    assert!(call(&entry, &VmResult { success: true, periodic_fired: 1, ..VmResult::default() }).is_ok());
}
