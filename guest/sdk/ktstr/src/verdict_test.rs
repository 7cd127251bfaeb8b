use super::*;

fn failure(verdict: Verdict) -> String {
    verdict.into_anyhow_or_log().expect_err("a failed claim").to_string()
}

#[test]
fn claims_that_hold_pass() {
    let mut verdict = Verdict::new();
    let (count, ratio) = (3_u64, 0.5);
    claim!(verdict, count).at_least(3);
    claim!(verdict, count).at_most(3);
    claim!(verdict, count).gt(2);
    claim!(verdict, count).lt(4);
    claim!(verdict, count).between(3, 3);
    claim!(verdict, count).eq(3);
    claim!(verdict, count).ne(4);
    claim!(verdict, ratio).near(0.51, 0.02);
    claim!(verdict, ratio).is_finite();
    assert!(verdict.is_pass());
    assert!(verdict.into_anyhow_or_log().is_ok());
}

#[test]
fn each_claim_can_fail_and_tells_both_values() {
    let mut verdict = Verdict::new();
    verdict.claim("a", 1).at_least(2);
    verdict.claim("b", 3).at_most(2);
    verdict.claim("c", 2).gt(2);
    verdict.claim("d", 2).lt(2);
    verdict.claim("e", 4).between(1, 3);
    verdict.claim("f", "a").eq("b");
    verdict.claim("g", 1).ne(1);
    verdict.claim("h", 1.0).near(2.0, 0.5);
    verdict.claim("i", f64::NAN).is_finite();
    let expected = [
        "a: 1 is not at least 2",
        "b: 3 is not at most 2",
        "c: 2 is not greater than 2",
        "d: 2 is not less than 2",
        "e: 4 is not between 1 and 3",
        "f: \"a\" is not \"b\"",
        "g: 1 is what it must not be",
        "h: 1 is not within 0.5 of 2",
        "i: NaN is not finite",
    ];
    assert_eq!(failure(verdict).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_nan_fulfils_nothing() {
    let mut verdict = Verdict::new();
    verdict.claim("x", f64::NAN).at_least(0.0);
    verdict.claim("y", f64::NAN).at_most(0.0);
    verdict.claim("z", f64::NAN).near(0.0, 1.0);
    assert_eq!(failure(verdict).lines().count(), 3);
}

#[test]
fn the_label_is_the_expression_and_the_reason_follows() {
    let mut verdict = Verdict::new();
    let iterations = 5;
    claim!(verdict, iterations * 2).because("two phases").at_least(11);
    assert_eq!(failure(verdict), "iterations * 2: 10 is not at least 11 (two phases)");
}

#[test]
fn merging_keeps_the_failures_of_both() {
    let mut verdict = Verdict::new();
    verdict.claim("a", 1).eq(2);
    let mut other = Verdict::new();
    other.claim("b", 1).eq(2);
    verdict.merge(other);
    assert!(verdict.into_result().is_fail());
}
