use super::*;
use crate::assert::Assert;
use crate::entry::Declared;
use crate::result::AssertResult;
use crate::scheduler::Scheduler;
use crate::step::{Backdrop, HoldSpec, Step};
use std::time::Duration;

static OTHER: Scheduler = Scheduler::named("other").binary_discover("scx_other");
static THIRD: Scheduler = Scheduler::named("third").binary_discover("scx_third");

const ENTRY: KtstrTestEntry = KtstrTestEntry {
    staged_schedulers: &[Declared { id: "OTHER", scheduler: &OTHER }],
    ..KtstrTestEntry::new("crate::t", |_| Ok(AssertResult::pass()), "/")
};

fn scenario(scheduler: &'static Scheduler) -> Scenario {
    let op = Op::replace_scheduler(scheduler);
    Scenario {
        scenario: Scenario::SCHEMA,
        name: "t".to_string(),
        duration: Duration::from_secs(1),
        settle: Duration::ZERO,
        root: None,
        workers_per_cgroup: 2,
        snapshots: 0,
        thresholds: Assert::NO_OVERRIDES,
        backdrop: Backdrop::new(),
        steps: vec![Step::with_op(op, HoldSpec::FULL)],
    }
}

fn failure(scheduler: &'static Scheduler, text: Option<&str>) -> String {
    format!("{:#}", resolve(&mut scenario(scheduler), &ENTRY, text).expect_err("an error"))
}

#[test]
fn a_staged_scheduler_is_sent_as_the_runner_says() {
    let mut scenario = scenario(&OTHER);
    resolve(&mut scenario, &ENTRY, Some(r#"{"OTHER": {"name": "other", "argv": ["/x"]}}"#))
        .expect("it is staged");
    let sent = serde_json::to_value(&scenario).expect("JSON");
    let expected =
        serde_json::json!([{"replace_scheduler": {"scheduler": {"name": "other", "argv": ["/x"]}}}]);
    assert_eq!(sent["steps"][0]["ops"], expected);
}

#[test]
fn one_that_is_not_declared_is_refused_with_the_key() {
    let error = failure(&THIRD, Some("{}"));
    assert!(
        error.contains("`third` is not in the guest") && error.contains("`staged_schedulers`"),
        "{error}"
    );
}

#[test]
fn one_that_the_runner_did_not_bring_is_an_error() {
    assert!(failure(&OTHER, None).contains("$KTSTR_STAGED_SCHEDULERS is not set"));
    assert!(failure(&OTHER, Some("{}")).contains("no `OTHER` in $KTSTR_STAGED_SCHEDULERS"));
    assert!(failure(&OTHER, Some("[]")).starts_with("KTSTR_STAGED_SCHEDULERS: "));
}
