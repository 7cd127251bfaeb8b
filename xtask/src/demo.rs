//! `cargo xtask demo`: from a fresh machine to the example crate's tests in VMs.

use crate::packages::Scope;
use crate::shell::{command, foreground, output, run_with};
use crate::step::{Done, Steps};
use crate::{build, kernel, no_arguments, paths, setup, Outcome};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10 * 60);

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    no_arguments(arguments)?;
    setup::install(steps, Scope::Demo)?;
    require_nextest()?;
    build::release(steps)?;
    kernel::any(steps)?;
    steps.run("demo: cargo ktstr test, in tests/fixtures/example", || {
        let status = foreground(cargo_ktstr().arg("test"), LIMIT)?;
        if status.success() {
            return Ok(Done::Did("every test passed, each in a VM of its own".to_string()));
        }
        Err(format!("`cargo ktstr test` ended with {status}"))
    })?;
    println!("\nWhere each test's time went (`cargo ktstr stats`):\n");
    foreground(cargo_ktstr().arg("stats"), LIMIT)?;
    steps.print_table();
    println!("\nNext: put {} on your PATH (or `cargo xtask install`), then", paths::programs().display());
    println!("      `cargo ktstr test` in a crate of yours.");
    Ok(())
}

/// `cargo ktstr` as a user runs it in the example crate, with the programs of this tree.
pub fn cargo_ktstr() -> Command {
    let mut cargo = command("cargo");
    cargo.arg("ktstr").current_dir(paths::example()).env("PATH", path_with_programs());
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
