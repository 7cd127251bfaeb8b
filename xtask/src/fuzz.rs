//! `cargo xtask fuzz [SECONDS]`: every fuzzer for so long, from the inputs in tests/fuzz/corpus. What it finds stays in
//! build/fuzz; an input worth keeping goes into the corpus by hand.

use crate::packages::Scope;
use crate::shell::{logged, run_with};
use crate::step::{Done, Steps};
use crate::{build, paths, setup, Outcome};
use std::time::Duration;

const FUZZERS: [&str; 5] = ["channel", "messages", "devices", "returned_files", "sidecars"];
const SECONDS: u64 = 60;

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    let seconds = match arguments {
        [] => SECONDS,
        [one] => one.parse().map_err(|_| format!("`{one}` is not a number of seconds"))?,
        _ => return Err("fuzz takes a number of seconds, or nothing".to_string()),
    };
    setup::install(steps, Scope::Test)?;
    run(steps, seconds).map(|_| ())
}

pub fn compile(steps: &mut Steps) -> Outcome<()> {
    build::preset(steps, "asan", &["fuzzers"])
}

/// How many of them found nothing.
pub fn run(steps: &mut Steps, seconds: u64) -> Outcome<usize> {
    compile(steps)?;
    steps.run("fuzz: all at once", || {
        let running: Vec<_> =
            FUZZERS.map(|name| std::thread::spawn(move || one(name, seconds))).into_iter().collect();
        let ended =
            running.into_iter().map(|thread| thread.join().expect("a fuzzer's thread does not panic"));
        Ok(Done::Did(ended.collect::<Outcome<Vec<_>>>()?.join(", ")))
    })?;
    Ok(FUZZERS.len())
}

/// What it did, in words.
fn one(name: &str, seconds: u64) -> Outcome<String> {
    let found = paths::build().join("fuzz").join(format!("found-{name}"));
    std::fs::create_dir_all(&found).map_err(|why| format!("cannot write {}: {why}", found.display()))?;
    let program = paths::build().join("asan/bin").join(format!("fuzz_{name}"));
    let corpus = paths::root().join("tests/fuzz/corpus").join(name);
    let mut fuzzer = run_with(
        program,
        &[
            &format!("-max_total_time={seconds}"),
            "-rss_limit_mb=2048",
            "-max_len=8192",
            "-print_final_stats=1",
        ],
    );
    fuzzer.arg(format!("-artifact_prefix={}/", found.display())).arg(&found).arg(corpus);
    let finished =
        logged(&mut fuzzer, &format!("fuzz-{name}"), Duration::from_secs(seconds + 120))?.require()?;
    let text = finished.text();
    let executions = text.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let executions = executions.ok_or("the fuzzer says nothing of its executions")?.trim().to_string();
    Ok(format!("{name}: {executions} inputs, nothing found"))
}
