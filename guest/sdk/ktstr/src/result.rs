//! AssertResult: what a test's body returns.

use crate::measured::{ScenarioResult, Word};
use std::fmt::Display;

/// Pass, fail, skip or inconclusive, with the details that people read. Of several, merged, the worst counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssertResult {
    state: State,
    /// The headline first.
    pub details: Vec<String>,
    /// What the engine measured, when this comes from a scenario: the last one of those that were merged.
    pub measured: Option<ScenarioResult>,
}

/// From the best to the worst: merging takes the greater. A skip is better than a pass, as one part that did run
/// makes the test one that ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Skip,
    #[default]
    Pass,
    Inconclusive,
    Fail,
}

impl AssertResult {
    fn of(state: State, message: impl Display) -> AssertResult {
        AssertResult { state, details: vec![message.to_string()], measured: None }
    }

    /// Nothing to complain about.
    #[must_use]
    pub fn pass() -> AssertResult {
        AssertResult::default()
    }

    /// The test cannot run here, and why.
    pub fn skip(message: impl Display) -> AssertResult {
        AssertResult::of(State::Skip, message)
    }

    /// What is wrong.
    pub fn fail_msg(message: impl Display) -> AssertResult {
        AssertResult::of(State::Fail, message)
    }

    /// The same as [`AssertResult::fail_msg`].
    pub fn fail(message: impl Display) -> AssertResult {
        AssertResult::fail_msg(message)
    }

    /// Neither: what a judgement needs is not there, and what that is.
    pub fn inconclusive(message: impl Display) -> AssertResult {
        AssertResult::of(State::Inconclusive, message)
    }

    /// The worse of both, with the details of both.
    pub fn merge(&mut self, other: AssertResult) {
        self.state = self.state.max(other.state);
        self.details.extend(other.details);
        self.measured = other.measured.or(self.measured.take());
    }

    /// Nothing to complain about.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.state == State::Pass
    }

    /// Something is wrong.
    #[must_use]
    pub fn is_fail(&self) -> bool {
        self.state == State::Fail
    }

    /// It cannot run here.
    #[must_use]
    pub fn is_skip(&self) -> bool {
        self.state == State::Skip
    }

    /// Neither passed nor failed.
    #[must_use]
    pub fn is_inconclusive(&self) -> bool {
        self.state == State::Inconclusive
    }
}

impl From<ScenarioResult> for AssertResult {
    fn from(result: ScenarioResult) -> AssertResult {
        let state = match result.verdict {
            Word::Pass => State::Pass,
            Word::Fail => State::Fail,
            Word::Inconclusive => State::Inconclusive,
        };
        AssertResult { state, details: result.details.clone(), measured: Some(result) }
    }
}

#[cfg(test)]
#[path = "result_test.rs"]
mod tests;
