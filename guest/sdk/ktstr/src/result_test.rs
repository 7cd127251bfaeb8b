use super::*;

fn merged(a: AssertResult, b: AssertResult) -> AssertResult {
    let mut result = a;
    result.merge(b);
    result
}

#[test]
fn the_worst_of_two_counts_in_either_order() {
    let fail = || AssertResult::fail_msg("f");
    let unclear = || AssertResult::inconclusive("i");
    let skip = || AssertResult::skip("s");
    for (good, bad) in [(AssertResult::pass(), fail()), (unclear(), fail()), (skip(), fail())] {
        assert!(merged(good.clone(), bad.clone()).is_fail());
        assert!(merged(bad, good).is_fail());
    }
    assert!(merged(AssertResult::pass(), unclear()).is_inconclusive());
    assert!(merged(skip(), AssertResult::pass()).is_pass());
    assert!(merged(skip(), skip()).is_skip());
}

#[test]
fn details_of_both_are_kept_in_order() {
    assert_eq!(merged(AssertResult::skip("a"), AssertResult::fail_msg("b")).details, ["a", "b"]);
}

#[test]
fn a_result_without_a_verdict_is_no_pass() {
    let result: ScenarioResult = serde_json::from_str("{}").expect("all has a default");
    assert!(AssertResult::from(result).is_inconclusive());
}
