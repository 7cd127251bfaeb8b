use super::*;
use crate::fake_engine::FakeEngine;

fn failure<T: std::fmt::Debug>(outcome: anyhow::Result<T>) -> String {
    format!("{:#}", outcome.expect_err("an error"))
}

fn connected<T: Send + 'static>(fake: &FakeEngine<T>) -> Engine {
    Engine::connect(&fake.socket()).expect("an engine that greets")
}

#[test]
fn greets_once_and_only_when_something_is_asked() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        talk.scenario(&json!({}));
        talk.scenario(&json!({}));
        talk.verdict()
    });
    let mut link = Link::to(Some(fake.socket()));
    for _ in 0..2 {
        let engine = link.engine().expect("an engine that greets");
        engine.scenario(&json!({}), &mut Children::none()).expect("a result");
    }
    link.last_word(r#"{"verdict":"x"}"#).expect("a reader");
    assert_eq!(fake.join(), "x");
    let silent = FakeEngine::start(|talk| talk.verdict());
    Link::to(Some(silent.socket())).last_word(r#"{"verdict":"y"}"#).expect("a reader");
    assert_eq!(silent.join(), "y");
}

#[test]
fn on_the_host_there_is_no_engine() {
    let text = "a `host_only` test has no machine, so no engine";
    assert_eq!(failure(Link::to(None).engine().map(drop)), text);
    assert_eq!(failure(Link::to(None).last_word("{}")), text);
}

#[test]
fn says_which_socket_it_cannot_reach() {
    let error = failure(Engine::connect(Path::new("/nowhere/engine.sock")));
    assert!(error.starts_with("cannot reach the engine at /nowhere/engine.sock ($KTSTR_ENGINE)"), "{error}");
}

#[test]
fn refuses_an_engine_that_does_not_greet() {
    let fake = FakeEngine::start(|talk| {
        let (id, _) = talk.expect("hello");
        talk.send(&json!({"id": id, "ok": true}));
    });
    assert_eq!(failure(Engine::connect(&fake.socket())), "the engine did not greet");
    fake.join();
}

#[test]
fn an_engine_that_refuses_the_version_is_quoted() {
    let fake = FakeEngine::start(|talk| {
        let (id, _) = talk.expect("hello");
        talk.send(&json!({"id": id, "error": "this engine is 0.2.0"}));
    });
    assert_eq!(failure(Engine::connect(&fake.socket())), "this engine is 0.2.0");
    fake.join();
}

#[test]
fn refuses_what_is_no_message() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        talk.next();
        talk.send_text("no json\n");
    });
    let error = failure(connected(&fake).scenario(&json!({}), &mut Children::none()));
    assert!(error.starts_with("the engine sent what is no message"), "{error}");
    fake.join();
}

#[test]
fn refuses_the_answer_to_another_request() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        talk.next();
        talk.send(&json!({"id": 99, "result": {}}));
    });
    let error = failure(connected(&fake).scenario(&json!({}), &mut Children::none()));
    assert_eq!(error, "the engine answered another request: Some(99)");
    fake.join();
}

#[test]
fn refuses_a_line_without_an_end() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        talk.next();
        talk.flood(LONGEST_LINE + (1 << 20));
    });
    let mut engine = connected(&fake);
    let error = failure(engine.scenario(&json!({}), &mut Children::none()));
    drop(engine);
    assert!(error.ends_with("the engine sent a line of more than 16 MiB"), "{error}");
    fake.join();
}

#[test]
fn takes_a_line_that_comes_in_pieces() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        let (id, _) = talk.expect("scenario");
        let text = format!("{}\n", json!({"id": id, "result": {"verdict": "pass"}}));
        let (first, second) = text.split_at(text.len() / 2);
        talk.send_text(first);
        talk.send_text(second);
    });
    let result = connected(&fake).scenario(&json!({}), &mut Children::none()).expect("a result");
    assert_eq!(result, json!({"verdict": "pass"}));
    fake.join();
}

#[test]
fn a_work_function_that_is_not_there_is_reported() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        let (id, _) = talk.expect("scenario");
        talk.send(&json!({"event": {"fork": {"worker": 3, "name": "nothing"}}}));
        let (_, reported) = talk.expect("reported");
        talk.send(&json!({"id": id, "error": reported["error"]}));
    });
    let error = failure(connected(&fake).scenario(&json!({}), &mut Children::none()));
    assert_eq!(error, "the scenario has no work function `nothing`");
    fake.join();
}

#[test]
fn does_not_wait_for_ever_for_a_short_answer() {
    let fake = FakeEngine::start(|talk| {
        talk.greet();
        talk.next();
        talk.next() // until the client has gone
    });
    let mut engine = connected(&fake);
    let outcome =
        engine.request("verdict", &json!({}), Some(Duration::from_millis(1)), &mut Children::none());
    drop(engine);
    assert_eq!(failure(outcome), "waiting for the answer to `verdict`: the engine did not answer in time");
    assert_eq!(fake.join(), None);
}
