//! What `cargo xtask bench plan` measures: choosing what runs in a budget, and what the rule of the Rust original covers.

use crate::number::Number;
use crate::shell::{command, output};
use crate::step::Steps;
use crate::{build, measure_start, paths, Outcome};

const LARGEST_LIMIT_S: f64 = 2.0;

/// Recorded suites (tests/bench/plans), and the budgets of a curve.
const SUITES: &[&str] = &["real-schedulers-on-2-kernels", "scx-ktstr", "scx-ktstr-on-2-kernels"];
const BUDGETS: &[u32] = &[15, 30, 60, 120, 300, 600];

pub fn plan() -> Outcome<Vec<Number>> {
    build::preset(&mut Steps::new(), "release", &["planner_bench"])?;
    let largest = told(&["500", "24", "8", "3", "300"])?; // tests, presets, profiles, kernels, seconds
    let mut numbers = vec![Number {
        name: "choosing among 288,000 variants".to_string(),
        unit: "s",
        value: word_behind(&largest, "seconds")?,
        against: None,
        limit: Some(LARGEST_LIMIT_S),
    }];
    numbers.push(measure_start::start()?);
    for name in SUITES {
        let file = paths::root().join("tests/bench/plans").join(format!("{name}.tsv"));
        for budget in BUDGETS {
            let told = told(&[&file.display().to_string(), &budget.to_string()])?;
            numbers.push(Number {
                name: format!("pairs covered in {budget} s, {name}"),
                unit: "",
                value: word_behind(&told, "pairs")?,
                against: Some(("the original's rule", word_behind(&told, "original")?)),
                limit: None,
            });
        }
    }
    Ok(numbers)
}

fn told(arguments: &[&str]) -> Outcome<String> {
    let mut bench = command(paths::build().join("release/unit/planner_bench").display().to_string());
    bench.args(arguments);
    output(&mut bench)
}

fn word_behind(told: &str, what: &str) -> Outcome<f64> {
    let mut words = told.split_whitespace().skip_while(|word| *word != what);
    let number = words.nth(1).and_then(|word| word.parse().ok());
    number.ok_or_else(|| format!("planner_bench does not say `{what}`: {told}"))
}
