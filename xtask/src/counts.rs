//! How many tests passed, failed and were skipped, read from what each kind of test program prints.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Default, Debug, PartialEq, Eq, Clone)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    /// One line per skipped test: its name and the reason.
    pub skipped: Vec<String>,
}

impl Counts {
    pub fn add(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
    }

    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped.len()
    }

    /// "3 passed, 0 failed", and ", 1 skipped" when there are any.
    pub fn line(&self) -> String {
        let skipped =
            if self.skipped.is_empty() { String::new() } else { format!(", {} skipped", self.skipped.len()) };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// "3" of "1/7 Test #3: name ...   Passed  0.02 sec".
fn id_of_end(line: &str) -> Option<&str> {
    line.split_once('#').and_then(|(_, rest)| rest.split(':').next()).map(str::trim)
}

/// `ctest -V`: each line of a program begins with its number; gtest's own summary has the counts of cases. A program
/// that failed without counting a failure (crash, time limit) is one failure, a script that passed is one test.
pub fn ctest(text: &str) -> Counts {
    let mut programs: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut crashed: Vec<&str> = Vec::new();
    let mut passed: Vec<&str> = Vec::new();
    let mut of_gtest: BTreeSet<&str> = BTreeSet::new();
    let mut previous = "";
    for line in text.lines() {
        if let Some((id, rest)) = line.split_once(": ").filter(|(id, _)| is_number(id)) {
            let counts = programs.entry(id).or_default();
            let rest = rest.trim();
            if rest.starts_with("[==========]") {
                of_gtest.insert(id);
            }
            if let Some(count) = rest.strip_prefix("[  PASSED  ] ").and_then(first_number) {
                counts.passed += count;
            } else if rest.contains("listed below") && rest.starts_with("[  FAILED  ] ") {
                counts.failed += rest.strip_prefix("[  FAILED  ] ").and_then(first_number).unwrap_or(1);
            } else if rest.starts_with("[  SKIPPED ] ") && rest.ends_with("ms)") {
                let name = rest.trim_start_matches("[  SKIPPED ] ");
                counts.skipped.push(format!("{}: {previous}", name.split(" (").next().unwrap_or(name)));
            }
            previous = rest;
        } else if line.contains(" Test ") && line.contains("***") {
            // "1/7 Test #3: name ....***Failed  0.02 sec"
            crashed.extend(id_of_end(line));
        } else if line.contains(" Test ") && line.contains(" Passed ") {
            passed.extend(id_of_end(line));
        }
    }
    for id in passed.into_iter().filter(|id| !of_gtest.contains(id)) {
        programs.entry(id).or_default().passed = 1;
    }
    for id in crashed {
        let counts = programs.entry(id).or_default();
        counts.failed = counts.failed.max(1);
    }
    let mut all = Counts::default();
    programs.into_values().for_each(|counts| all.add(counts));
    all
}

/// `cargo test`: "test result: ok. 3 passed; 0 failed; 1 ignored; ...", and "test NAME ... ignored, reason".
pub fn libtest(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        if let Some(result) = line.strip_prefix("test result: ") {
            counts.passed += number_before(result, " passed");
            counts.failed += number_before(result, " failed");
        } else if let Some((name, reason)) =
            line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... ignored"))
        {
            counts.skipped.push(format!("{name}: ignored{reason}"));
        }
    }
    counts
}

/// nextest: "Summary [ 1.2s] 10 tests run: 9 passed (1 slow), 1 failed, 1 timed out, 2 skipped". What nextest calls
/// skipped was not asked for (filters, #[ignore]), so it is no skip of ours.
pub fn nextest(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines().filter(|line| line.trim_start().starts_with("Summary [")) {
        counts.passed += number_before(line, " passed");
        for kind in [" failed", " timed out", " exec failed"] {
            counts.failed += number_before(line, kind);
        }
    }
    counts
}

/// tests/e2e: the last line "N passed, N failed[, N skipped]", and "skip NAME: reason".
pub fn harness(text: &str) -> Counts {
    let mut counts = Counts::default();
    let is_summary =
        |line: &&str| line.contains(" passed, ") && line.contains(" failed") && !line.starts_with(' ');
    if let Some(line) = text.lines().rev().find(is_summary) {
        counts.passed = number_before(line, " passed");
        counts.failed = number_before(line, " failed");
        counts.skipped =
            text.lines().filter_map(|line| line.strip_prefix("skip ")).map(str::to_string).collect();
    }
    counts
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn first_number(text: &str) -> Option<usize> {
    text.split(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty())?.parse().ok()
}

/// 9 in "run: 9 passed" for " passed"; 0 where it is not there.
fn number_before(text: &str, word: &str) -> usize {
    let before = text.split(word).next().filter(|before| before.len() < text.len());
    let digits = before.map(|before| before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or(""));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtest_cases_are_counted_and_a_crash_is_one_failure() {
        let text = "\
1: [==========] 12 tests from 2 test suites ran. (3 ms total)
1: [  PASSED  ] 12 tests.
1/3 Test #1: base_test ........   Passed    0.02 sec
2: a_test.cpp:7: Skipped
2: no /dev/kvm
2: [  SKIPPED ] Probe.RunsInstructions (0 ms)
2: [  PASSED  ] 2 tests.
2: [  SKIPPED ] 1 test, listed below:
2: [  SKIPPED ] Probe.RunsInstructions
2: [  FAILED  ] 1 test, listed below:
2: [  FAILED  ] Probe.Other
2/3 Test #2: probe_test .......***Failed    0.02 sec
3: Segmentation fault
3/4 Test #3: crash_test .......***Exception: SegFault  0.01 sec
4: Test command: run.sh
4/4 Test #4: cli_help .........   Passed    0.20 sec
";
        let counts = ctest(text);
        assert_eq!((counts.passed, counts.failed), (15, 2));
        assert_eq!(counts.skipped, ["Probe.RunsInstructions: no /dev/kvm"]);
    }

    #[test]
    fn libtest_sums_its_programs_and_names_the_ignored() {
        let text =
            "test a ... ok\ntest b ... ignored, needs KVM\ntest result: ok. 1 passed; 0 failed; 1 ignored\n\
                    test result: FAILED. 2 passed; 3 failed; 0 ignored\n";
        let counts = libtest(text);
        assert_eq!((counts.passed, counts.failed), (3, 3));
        assert_eq!(counts.skipped, ["b: ignored, needs KVM"]);
    }

    #[test]
    fn nextest_counts_time_outs_as_failures() {
        let text =
            "     Summary [   1.208s] 10 tests run: 7 passed (1 slow), 2 failed, 1 timed out, 3 skipped\n";
        let counts = nextest(text);
        assert_eq!((counts.passed, counts.failed), (7, 3));
    }

    #[test]
    fn harness_lines_with_reasons() {
        let counts = harness("ok one\nskip two: no KVM here\n1 passed, 0 failed, 1 skipped\n");
        assert_eq!(counts.line(), "1 passed, 0 failed, 1 skipped");
        assert_eq!(counts.skipped, ["two: no KVM here"]);
        assert_eq!(harness("died early\n").total(), 0);
    }
}
