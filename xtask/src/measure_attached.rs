//! The measurements of scheduler tests: an empty one under an attached scheduler, and fifty small ones.

use crate::measure_templates::median_of;
use crate::number::Number;
use crate::shell::{command, logged, output, run_with};
use crate::{demo, paths, Outcome};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(15 * 60);
const TURNS: usize = 20;
/// How often a run restores a template before it has a server of forks, and one with the program loaded (ktstr-runner/session/forks.cpp).
const USES_BEFORE_A_SERVER: usize = 6;
/// Seconds for which each of the fifty holds its load.
const LOAD: f64 = 0.2;

/// A test of `tests/empty.rs`, and the most milliseconds it may take.
const EMPTY: [(&str, &str, f64); 3] = [
    ("on_two_cpus", "attached, 2 vCPUs", 300.0),
    ("on_eight_cpus", "attached, 8 vCPUs", 450.0),
    ("attached_afresh", "attaches for itself, 2 vCPUs", 2500.0),
];

pub fn attached() -> Outcome<Vec<Number>> {
    let scheduler = executable("bin", "scx-ktstr")?;
    let binary = executable("test", "empty")?;
    let mut numbers = Vec::new();
    for (test, what, limit) in EMPTY {
        for _ in 0..USES_BEFORE_A_SERVER {
            timed(&binary, &scheduler, test, true)?;
        }
        let restored = median_of(TURNS, || timed(&binary, &scheduler, test, false))?;
        let forked = median_of(TURNS, || timed(&binary, &scheduler, test, true))?;
        numbers.push(Number {
            name: format!("an empty test, {what}"),
            unit: "ms",
            value: forked,
            against: Some(("restored", restored)),
            limit: Some(limit),
        });
    }
    numbers.push(fifty()?);
    Ok(numbers)
}

/// The suite of `tests/fifty.rs`, less what its tests hold.
fn fifty() -> Outcome<Number> {
    let run = || -> Outcome<f64> {
        let mut tests = demo::cargo_ktstr(&paths::scheduler());
        tests.args(["test", "--", "-j2", "-E", "binary(fifty)"]);
        tests.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
        Ok(logged(&mut tests, "bench-fifty", LIMIT)?.require()?.took.as_secs_f64())
    };
    run()?; // compiles, and makes the template
    let value = run()?;
    Ok(Number {
        name: "fifty scheduler tests, -j2".to_string(),
        unit: "s",
        value,
        against: Some(("what they hold", 50.0 * LOAD / 2.0)),
        limit: Some(40.0 + 50.0 * LOAD / 2.0),
    })
}

/// Milliseconds from the runner's exec to its end, as nextest starts it.
fn timed(binary: &Path, scheduler: &Path, test: &str, fork: bool) -> Outcome<f64> {
    let mut runner: Command = command(paths::program("ktstr-runner"));
    runner.arg(binary).args(["--exact", test, "--nocapture", "--ignored"]).current_dir(paths::scheduler());
    runner.env("NEXTEST_BIN_EXE_scx-ktstr", scheduler);
    match fork {
        true => runner.env("KTSTR_RUN_OWNER", std::process::id().to_string()),
        false => runner.env("KTSTR_FORKS", "0"),
    };
    runner.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    let begun = Instant::now();
    output(&mut runner)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Where cargo puts a program or a test of the scheduler's package.
fn executable(kind: &str, name: &str) -> Outcome<PathBuf> {
    let (command, selected) = if kind == "bin" { ("build", "--bin") } else { ("test", "--test") };
    let mut build = run_with("cargo", &[command, selected, name, "--message-format", "json"]);
    if kind == "test" {
        build.arg("--no-run");
    }
    let messages = output(build.current_dir(paths::scheduler()))?;
    let path =
        messages.split("\"executable\":\"").skip(1).filter_map(|rest| rest.split('"').next()).find(|path| {
            Path::new(path).file_name().is_some_and(|file| file.to_string_lossy().starts_with(name))
        });
    path.map(PathBuf::from).ok_or_else(|| format!("cargo named no {kind} {name}"))
}
