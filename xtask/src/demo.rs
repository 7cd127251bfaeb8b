//! `cargo xtask demo`: from a fresh machine to tests of a scheduler in VMs, one of which fails on purpose.

use crate::packages::Scope;
use crate::shell::{command, foreground, logged, output, run_with};
use crate::step::{Done, Steps};
use crate::{build, demo_verdicts, kernel, no_arguments, paths, setup, Outcome};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10 * 60);

/// The worked example of the guide, and beside it the test that shows what a failure looks like: #[ignore] keeps that one
/// from whoever does not ask for it. The gauntlet's variants are ignored tests too.
const TESTS: [&str; 4] =
    ["--run-ignored", "all", "-E", "(binary(scheduler) or binary(demo)) and not test(/^gauntlet/)"];
/// The others run to their end, and what the one says stands below their lines.
const OUTPUT: [&str; 3] = ["--no-fail-fast", "--failure-output", "final"];
/// nextest's for tests that failed; everything else says that there was no such run.
const TESTS_FAILED: i32 = 100;

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    no_arguments(arguments)?;
    setup::install(steps, Scope::Demo)?;
    require_nextest()?;
    build::release(steps)?;
    kernel::with_sched_ext(steps)?;
    let folder = paths::scheduler();
    steps.run("build: scx-ktstr and its tests", || {
        let mut cargo = run_with("cargo", &["test", "--no-run", "--locked"]);
        logged(cargo.current_dir(&folder), "demo-build", LIMIT)?.require()?;
        Ok(Done::Did("in tests/fixtures/scx-ktstr/target".to_string()))
    })?;
    let mut table = String::new();
    steps.run("demo: cargo ktstr test, in tests/fixtures/scx-ktstr", || {
        let mut tests = cargo_ktstr(&folder);
        let status = foreground(tests.args(["test", "--"]).args(TESTS).args(OUTPUT), LIMIT)?;
        if status.code() != Some(TESTS_FAILED) && !status.success() {
            return Err(format!("`cargo ktstr test` ended with {status}"));
        }
        table = output(cargo_ktstr(&folder).arg("stats"))?;
        let passed = demo_verdicts::judge(&table)?;
        Ok(Done::Did(format!("{passed} passed, and one failed as it is meant to")))
    })?;
    println!("\nWhere each test's time went (`cargo ktstr stats`):\n\n{table}");
    println!("The failure is meant: docs/guide/failures.md reads it line by line.");
    steps.print_table();
    println!("\nNext: put {} on your PATH (or `cargo xtask install`), then", paths::programs().display());
    println!(
        "      `cargo ktstr test` in a crate of yours; docs/guide says how, with a scheduler and without."
    );
    Ok(())
}

/// `cargo ktstr` as a user runs it in a crate, with the programs of this tree.
pub fn cargo_ktstr(folder: &Path) -> Command {
    let mut cargo = command("cargo");
    cargo.arg("ktstr").current_dir(folder).env("PATH", path_with_programs());
    cargo
}

pub fn path_with_programs() -> std::ffi::OsString {
    let mut path = paths::programs().into_os_string();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    path
}

pub fn require_nextest() -> Outcome<()> {
    output(&mut run_with("cargo", &["nextest", "--version"])).map(|_| ()).map_err(|_| {
        "cargo-nextest is not installed\n  hint: `cargo install cargo-nextest --locked`, or a package of it".to_string()
    })
}
