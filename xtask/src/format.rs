//! `cargo xtask fmt`, and the same as a check.

use crate::shell::{logged, run_with};
use crate::step::{Done, Steps};
use crate::{no_arguments, paths, tree, Outcome};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// The Rust workspaces of the repository, by the folder of their Cargo.toml.
pub const RUST: &[&str] = &[
    ".",
    "guest/sdk",
    "tests/fixtures/deterministic",
    "tests/fixtures/example",
    "tests/fixtures/hostile",
    "tests/fixtures/large",
    "tests/fixtures/real-schedulers",
    "tests/fixtures/scx-ktstr",
    "tests/fixtures/trivial",
];

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    no_arguments(arguments)?;
    steps.run("fmt: C++", || {
        let sources = tree::cpp(&tree::files()?);
        logged(&mut clang_format(&["-i"], &sources), "clang-format", LIMIT)?.require()?;
        Ok(Done::Did(format!("{} files", sources.len())))
    })?;
    steps.run("fmt: Rust", || {
        for folder in RUST {
            logged(&mut cargo_fmt(folder, &[]), "cargo-fmt", LIMIT)?.require()?;
        }
        Ok(Done::Did(format!("{} workspaces", RUST.len())))
    })
}

pub fn clang_format(options: &[&str], sources: &[String]) -> Command {
    let mut command = run_with("clang-format-19", options);
    command.args(sources);
    command
}

pub fn cargo_fmt(folder: &str, options: &[&str]) -> Command {
    let mut command = run_with("cargo", &["fmt", "--all"]);
    command.args(options).current_dir(paths::root().join(folder));
    command
}
