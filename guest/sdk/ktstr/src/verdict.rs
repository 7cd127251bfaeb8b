//! Verdict and claim!: what a test holds to be true, each claim with its label.

use crate::result::AssertResult;
use std::fmt::{Debug, Display};

/// Claims, judged. A claim that does not hold is kept with both values; none ends the test.
#[derive(Clone, Debug, Default)]
#[must_use = "a verdict that nobody asks says nothing"]
pub struct Verdict {
    failures: Vec<String>,
    notes: Vec<String>,
    claims: usize,
}

/// `claim!(verdict, expression)`: a claim that is labelled with the expression's text. Follow it with what is claimed:
/// `.at_least(1)`.
#[macro_export]
macro_rules! claim {
    ($verdict:expr, $value:expr) => {
        $verdict.claim(::core::stringify!($value), $value)
    };
}

impl Verdict {
    /// Nothing claimed yet.
    pub fn new() -> Verdict {
        Verdict::default()
    }

    /// The begin of a claim about `value`, which people know as `label`.
    #[must_use = "say what is claimed: `.at_least(..)`, `.eq(..)`"]
    pub fn claim<T>(&mut self, label: impl Into<String>, value: T) -> ClaimBuilder<'_, T> {
        ClaimBuilder { verdict: self, label: label.into(), value, reason: None }
    }

    /// A line for people that judges nothing.
    pub fn note(&mut self, text: impl Into<String>) -> &mut Verdict {
        self.notes.push(text.into());
        self
    }

    /// The claims of both.
    pub fn merge(&mut self, other: Verdict) -> &mut Verdict {
        self.failures.extend(other.failures);
        self.notes.extend(other.notes);
        self.claims += other.claims;
        self
    }

    /// Whether all claims hold.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.failures.is_empty()
    }

    /// As the result of a test's body.
    #[must_use]
    pub fn into_result(self) -> AssertResult {
        let mut result = AssertResult::pass();
        for failure in self.failures {
            result.merge(AssertResult::fail_msg(failure));
        }
        result.details.extend(self.notes);
        result
    }

    /// An error that joins all claims that do not hold; else how many held, and the notes, go to stderr.
    ///
    /// # Errors
    /// When a claim does not hold.
    pub fn into_anyhow_or_log(self) -> anyhow::Result<()> {
        for note in &self.notes {
            eprintln!("note: {note}");
        }
        if self.failures.is_empty() {
            eprintln!("{} claims hold", self.claims);
            return Ok(());
        }
        Err(anyhow::anyhow!(self.failures.join("\n")))
    }

    fn judge(&mut self, holds: bool, failure: impl FnOnce() -> String) -> &mut Verdict {
        self.claims += 1;
        if !holds {
            self.failures.push(failure());
        }
        self
    }
}

/// A claim that lacks what is claimed. A NaN fulfils none of them.
#[derive(Debug)]
#[must_use = "say what is claimed: `.at_least(..)`, `.eq(..)`"]
pub struct ClaimBuilder<'a, T> {
    verdict: &'a mut Verdict,
    label: String,
    value: T,
    reason: Option<String>,
}

impl<'a, T> ClaimBuilder<'a, T> {
    /// Why it is claimed: added to the failure.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    fn judge(self, holds: bool, claim: impl FnOnce(&T) -> String) -> &'a mut Verdict {
        let ClaimBuilder { verdict, label, value, reason } = self;
        verdict.judge(holds, || {
            let why = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("{label}: {}{why}", claim(&value))
        })
    }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident($operator:tt) = $words:literal;)*) => {
        impl<'a, T: PartialOrd + Display> ClaimBuilder<'a, T> {
            $($(#[$doc])* pub fn $name(self, limit: T) -> &'a mut Verdict {
                let holds = self.value $operator limit;
                self.judge(holds, |value| format!(concat!("{} is not ", $words, " {}"), value, limit))
            })*

            /// `low <= value <= high`.
            pub fn between(self, low: T, high: T) -> &'a mut Verdict {
                let holds = low <= self.value && self.value <= high;
                self.judge(holds, |value| format!("{value} is not between {low} and {high}"))
            }
        }
    };
}

comparisons! {
    /// `value >= limit`.
    at_least(>=) = "at least";
    /// `value <= limit`.
    at_most(<=) = "at most";
    /// `value < limit`.
    lt(<) = "less than";
    /// `value > limit`.
    gt(>) = "greater than";
}

#[allow(clippy::should_implement_trait)] // names of the API, and each takes its claim
impl<'a, T: PartialEq + Debug> ClaimBuilder<'a, T> {
    /// `value == expected`.
    pub fn eq(self, expected: T) -> &'a mut Verdict {
        let holds = self.value == expected;
        self.judge(holds, |value| format!("{value:?} is not {expected:?}"))
    }

    /// `value != other`.
    pub fn ne(self, other: T) -> &'a mut Verdict {
        let holds = self.value != other;
        self.judge(holds, |value| format!("{value:?} is what it must not be"))
    }
}

impl<'a> ClaimBuilder<'a, f64> {
    /// At most `tolerance` away from `expected`.
    pub fn near(self, expected: f64, tolerance: f64) -> &'a mut Verdict {
        let holds = (self.value - expected).abs() <= tolerance;
        self.judge(holds, |value| format!("{value} is not within {tolerance} of {expected}"))
    }

    /// Neither infinite nor NaN.
    pub fn is_finite(self) -> &'a mut Verdict {
        let holds = self.value.is_finite();
        self.judge(holds, |value| format!("{value} is not finite"))
    }
}

#[cfg(test)]
#[path = "verdict_test.rs"]
mod tests;
