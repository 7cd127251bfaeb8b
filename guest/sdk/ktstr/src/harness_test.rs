use super::*;

fn body(_: &Ctx) -> anyhow::Result<AssertResult> {
    Ok(AssertResult::pass())
}

const PLAIN: KtstrTestEntry = KtstrTestEntry::new("crate::m::t", body, "/");
const INVERTED: KtstrTestEntry = KtstrTestEntry { expect_err: true, ..PLAIN };
const OF_SCHEDULER: KtstrTestEntry = KtstrTestEntry { expect_scx_bpf_error_contains: Some("x"), ..INVERTED };

fn word(entry: &KtstrTestEntry, result: anyhow::Result<AssertResult>) -> Word {
    judge(entry, Ok(result)).word
}

#[test]
fn a_body_is_taken_at_its_word() {
    assert_eq!(word(&PLAIN, Ok(AssertResult::pass())), Word::Pass);
    assert_eq!(word(&PLAIN, Ok(AssertResult::fail_msg("x"))), Word::Fail);
    assert_eq!(word(&PLAIN, Ok(AssertResult::skip("x"))), Word::Skip);
    assert_eq!(word(&PLAIN, Ok(AssertResult::inconclusive("x"))), Word::Inconclusive);
    assert_eq!(word(&PLAIN, Err(anyhow::anyhow!("x"))), Word::Fail);
}

#[test]
fn expect_err_inverts_errors_and_failures_alone() {
    assert_eq!(word(&INVERTED, Err(anyhow::anyhow!("x"))), Word::Pass);
    assert_eq!(word(&INVERTED, Ok(AssertResult::fail_msg("x"))), Word::Pass);
    assert_eq!(word(&INVERTED, Ok(AssertResult::pass())), Word::Fail);
    assert_eq!(word(&INVERTED, Ok(AssertResult::skip("x"))), Word::Skip);
    assert_eq!(word(&INVERTED, Ok(AssertResult::inconclusive("x"))), Word::Inconclusive);
}

#[test]
fn an_expected_error_of_the_scheduler_need_not_reach_the_body() {
    assert_eq!(word(&OF_SCHEDULER, Ok(AssertResult::pass())), Word::Pass);
    assert_eq!(word(&OF_SCHEDULER, Err(anyhow::anyhow!("x"))), Word::Pass);
}

#[test]
fn a_panic_is_never_a_pass() {
    for entry in [&PLAIN, &INVERTED, &OF_SCHEDULER] {
        let said = judge(entry, Err(Box::new("trouble")));
        assert_eq!((said.word, said.message.as_str()), (Word::Fail, "the test's body panicked: trouble"));
    }
}

#[test]
fn an_error_is_told_with_its_causes() {
    let error = anyhow::anyhow!("no such file").context("cannot read x");
    assert_eq!(judge(&PLAIN, Ok(Err(error))).message, "cannot read x: no such file");
}

#[test]
fn expect_err_does_not_turn_round_that_no_scenario_was_run() {
    static EXPECTS: KtstrTestEntry = KtstrTestEntry { expect_err: true, ..PLAIN };
    let own = || anyhow::anyhow!("too slow");
    assert_eq!(judge(&EXPECTS, Ok(Err(own()))).word, Word::Pass);
    let said = judge(&EXPECTS, Ok(Err(own().context(crate::run::EngineTrouble).context("two cells"))));
    assert_eq!(said.word, Word::Fail);
    assert_eq!(said.message, "two cells: the scenario was not run: too slow");
}

#[test]
fn the_last_word_is_json_whatever_it_says() {
    let request = |message: &str, details: &[&str]| {
        let details = details.iter().map(ToString::to_string).collect();
        let said = Said { word: Word::Fail, message: message.to_string(), details };
        serde_json::from_str::<Value>(&last_word(&said)).expect("JSON")
    };
    let verdict = |message: &str, details: &[&str]| json!({"id": 0, "verdict": {"last": true, "verdict": "fail", "message": message, "details": details}});
    for (message, details) in [("", vec![]), ("a \"b\"\n\u{7}", vec!["", "\\", "\u{2028}é"])] {
        assert_eq!(request(message, &details), verdict(message, &details));
    }
}
