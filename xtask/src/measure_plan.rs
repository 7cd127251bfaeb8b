//! What `cargo xtask bench plan` measures: choosing what runs in a budget, and what the rule of the Rust original covers.

use crate::number::Number;
use crate::shell::{command, output};
use crate::step::Steps;
use crate::{build, paths, Outcome};

const LARGEST_LIMIT_S: f64 = 2.0;

/// Tests, presets, profiles and kernels of suites, and the budgets of a curve.
const SUITES: &[(&str, [u32; 4])] =
    &[("12 tests", [12, 7, 4, 1]), ("60 tests", [60, 7, 8, 1]), ("60 tests, 3 kernels", [60, 13, 8, 3])];
const BUDGETS: &[u32] = &[60, 300, 900];

pub fn plan() -> Outcome<Vec<Number>> {
    build::preset(&mut Steps::new(), "release", &["planner_bench"])?;
    let largest = told([500, 24, 8, 3], 300)?;
    let mut numbers = vec![Number {
        name: "choosing among 288,000 variants".to_string(),
        unit: "s",
        value: word_behind(&largest, "seconds")?,
        against: None,
        limit: Some(LARGEST_LIMIT_S),
    }];
    for (name, shape) in SUITES {
        for budget in BUDGETS {
            let told = told(*shape, *budget)?;
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

fn told(shape: [u32; 4], budget: u32) -> Outcome<String> {
    let mut bench = command(paths::build().join("release/unit/planner_bench").display().to_string());
    bench.args(shape.iter().map(u32::to_string)).arg(budget.to_string());
    output(&mut bench)
}

fn word_behind(told: &str, what: &str) -> Outcome<f64> {
    let mut words = told.split_whitespace().skip_while(|word| *word != what);
    let number = words.nth(1).and_then(|word| word.parse().ok());
    number.ok_or_else(|| format!("planner_bench does not say `{what}`: {told}"))
}
