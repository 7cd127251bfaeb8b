//! What the demo's run must have come to: every test passed but the one that is meant to fail, and that for its reason.

use crate::Outcome;

const FAILS: &str = "scx-ktstr::demo a_cgroup_is_forgotten";
const ITS_REASON: &str = "scheduler-stall";

/// How many passed, read from the table of `cargo ktstr stats`: "verdict  reason  <phases>  total  test" in each line.
pub fn judge(table: &str) -> Outcome<usize> {
    let mut passed = 0;
    let mut as_meant = 0;
    let mut others = Vec::new();
    for line in table.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            // "pass" is followed by times: it has no reason.
            ["pass", ..] => passed += 1,
            ["fail", ITS_REASON, ..] if line.ends_with(FAILS) => as_meant += 1,
            ["fail" | "skip" | "inconclusive", ..] => others.push(line),
            _ => (), // the head, medians, sums and totals
        }
    }
    if !others.is_empty() {
        return Err(format!("these tests are meant to pass:\n{}", others.join("\n")));
    }
    match (passed, as_meant) {
        (0, _) => Err("no test passed".to_string()),
        (_, 1) => Ok(passed),
        (_, count) => Err(format!("`{FAILS}` is to fail once by {ITS_REASON}, and did so {count} times")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "verdict  reason           restore   body  total  test\n";
    const PASS: &str =
        "pass                       200 ms  1.1 s  1.4 s  scx-ktstr::scheduler attaches_and_idles\n";
    const STALL: &str =
        "fail     scheduler-stall  180 ms  3.1 s  3.9 s  scx-ktstr::demo a_cgroup_is_forgotten\n";
    const REST: &str =
        "median                     190 ms  2.1 s  2.6 s\nsum                        380 ms  4.2 s  5.3 s\n\
                        2 tests: 1 pass, 1 fail, 0 skip, 0 inconclusive\n";

    fn of(rows: &[&str]) -> Outcome<usize> {
        judge(&format!("{HEAD}{}{REST}", rows.concat()))
    }

    #[test]
    fn one_test_fails_as_it_is_meant_to_and_the_others_pass() {
        assert_eq!(of(&[STALL, PASS, PASS]), Ok(2));
    }

    #[test]
    fn any_other_result_is_an_error() {
        assert!(of(&[PASS, PASS]).unwrap_err().contains("0 times"));
        assert!(of(&[STALL, STALL, PASS]).unwrap_err().contains("2 times"));
        assert!(of(&[STALL]).unwrap_err().contains("no test passed"));
        assert!(of(&[]).is_err());
    }

    #[test]
    fn what_failed_otherwise_is_shown() {
        for (from, to) in
            [("fail     scheduler-stall", "fail     scheduler-error"), ("fail   ", "inconclusive ")]
        {
            let line = STALL.replace(from, to);
            assert!(of(&[&line, PASS]).unwrap_err().ends_with(line.trim_end()));
        }
        let line = STALL.replace("demo a_cgroup_is_forgotten", "scheduler weights");
        assert!(of(&[&line, STALL, PASS]).unwrap_err().ends_with(line.trim_end()));
        let skip = "skip                               scx-ktstr::scheduler weights\n";
        assert!(of(&[skip, STALL, PASS]).unwrap_err().contains("weights"));
    }
}
