//! What the generated `#[test]` does: connects, runs the body, says the verdict.

use crate::ctx::Ctx;
use crate::engine::{Link, VARIABLE};
use crate::entry::KtstrTestEntry;
use crate::result::AssertResult;
use crate::run::EngineTrouble;
use crate::worker_main::panic_text;
use anyhow::Context;
use serde_json::{json, Value};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};

/// What became of a body.
type Outcome = std::thread::Result<anyhow::Result<AssertResult>>;

/// The test's word about itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub word: Word,
    pub message: String,
    pub details: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Pass,
    Fail,
    Skip,
    Inconclusive,
}

impl Word {
    pub fn name(self) -> &'static str {
        match self {
            Word::Pass => "pass",
            Word::Fail => "fail",
            Word::Skip => "skip",
            Word::Inconclusive => "inconclusive",
        }
    }
}

/// Runs one test to its end: returns, or unwinds when it has failed.
pub fn run_ktstr_test(entry: &'static KtstrTestEntry) {
    let path = std::env::var_os(VARIABLE).filter(|_| !entry.host_only);
    let said = match path {
        None if !entry.host_only => fail(format!(
            "test `{}` runs in a VM of its own, and this is none (${VARIABLE} is not set)\n  \
             hint: run `cargo ktstr test -- {}`, which makes the VM",
            entry.libtest_name(),
            entry.libtest_name()
        )),
        None => on_host(entry).unwrap_or_else(|error| fail(format!("{error:#}"))),
        Some(path) => with_engine(entry, path.into()).unwrap_or_else(|error| fail(format!("{error:#}"))),
    };
    finish(entry, said);
}

fn fail(message: String) -> Said {
    Said { word: Word::Fail, message, details: Vec::new() }
}

/// Where a test that runs on the host leaves its word for the runner.
const WORD_FILE: &str = "KTSTR_WORD_FILE";

/// The request that is the test's last word. A pass has mostly nothing to say, and then it costs no more than this.
fn last_word(said: &Said) -> String {
    let quoted = |text: &String| {
        if text.is_empty() {
            "\"\"".to_string()
        } else {
            Value::from(text.as_str()).to_string()
        }
    };
    let details: Vec<String> = said.details.iter().map(quoted).collect();
    [
        r#"{"id":0,"verdict":{"last":true,"verdict":""#,
        said.word.name(),
        r#"","message":"#,
        &quoted(&said.message),
        r#","details":["#,
        &details.join(","),
        "]}}",
    ]
    .concat()
}

/// It as a story: its details begin with the headline.
fn story_of(said: &Said) -> Value {
    let headline = said.message.as_str();
    let first = said.details.first().map_or("", String::as_str);
    let own = (!headline.is_empty() && headline != first).then_some(headline);
    let details: Vec<&str> = own.into_iter().chain(said.details.iter().map(String::as_str)).collect();
    json!({"verdict": said.word.name(), "details": details})
}

/// libtest knows no skip: the runner, if there is one, is told.
fn on_host(entry: &'static KtstrTestEntry) -> anyhow::Result<Said> {
    let ctx = Ctx::new(entry, Link::to(None));
    let said = judge(entry, catch_unwind(AssertUnwindSafe(|| (entry.body)(&ctx))));
    if let Some(path) = std::env::var_os(WORD_FILE) {
        std::fs::write(&path, story_of(&said).to_string())
            .with_context(|| format!("the verdict did not reach {}", Path::new(&path).display()))?;
    }
    Ok(said)
}

/// The verdict must reach the engine: a test without one has not passed.
pub(crate) fn with_engine(entry: &'static KtstrTestEntry, path: PathBuf) -> anyhow::Result<Said> {
    let ctx = Ctx::new(entry, Link::to(Some(path)));
    let outcome = catch_unwind(AssertUnwindSafe(|| (entry.body)(&ctx)));
    let said = judge(entry, outcome);
    ctx.engine.into_inner().last_word(&last_word(&said)).with_context(|| {
        format!("the verdict ({}: {}) did not reach the engine", said.word.name(), said.message)
    })?;
    Ok(said)
}

/// What a body's outcome says of its test. `expect_err` turns round what the body says, and nothing else: a panic is a
/// mistake in the test, and what became of the scheduler is the runner's to judge.
pub(crate) fn judge(entry: &KtstrTestEntry, outcome: Outcome) -> Said {
    let result = match outcome {
        Err(panic) => return fail(format!("the test's body {}", panic_text(&*panic))),
        // Nobody has seen what `expect_err` expects.
        Ok(Err(error)) if error.is::<EngineTrouble>() => return fail(format!("{error:#}")),
        Ok(Err(error)) => AssertResult::fail_msg(format!("{error:#}")),
        Ok(Ok(result)) => result,
    };
    let word = match () {
        () if result.is_skip() => Word::Skip,
        () if result.is_inconclusive() => Word::Inconclusive,
        () if result.is_fail() => Word::Fail,
        () => Word::Pass,
    };
    let said =
        Said { word, message: result.details.first().cloned().unwrap_or_default(), details: result.details };
    if !entry.expect_err {
        return said;
    }
    match word {
        Word::Fail => {
            Said { word: Word::Pass, message: format!("failed as expected: {}", said.message), ..said }
        }
        // The error that is expected is the scheduler's: the body need not have noticed.
        Word::Pass if entry.expects_scheduler_error() => said,
        Word::Pass => Said {
            word: Word::Fail,
            message: "`expect_err = true`, and the test's body did not fail".to_string(),
            ..said
        },
        Word::Skip | Word::Inconclusive => said,
    }
}

fn finish(entry: &KtstrTestEntry, said: Said) {
    for detail in said.details.iter().filter(|detail| **detail != said.message) {
        eprintln!("{detail}");
    }
    match said.word {
        Word::Pass => {}
        Word::Skip => eprintln!("ktstr: SKIP: {}", said.message),
        Word::Inconclusive if entry.allow_inconclusive => eprintln!("ktstr: INCONCLUSIVE: {}", said.message),
        word => {
            let headline = format!("ktstr: {}: {}", word.name().to_uppercase(), said.message);
            eprintln!("{headline}");
            // Without the panic hook: a place in this file and its backtrace tell nobody anything.
            resume_unwind(Box::new(headline));
        }
    }
}

#[cfg(test)]
#[path = "harness_test.rs"]
mod tests;
