//! cargo-llvm-cov for the coverage suite: one that is installed already, else one built into ktstr's cache.

use crate::shell::{logged, output, run_with};
use crate::step::{Done, Steps};
use crate::{paths, Outcome};
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10 * 60);

/// Without it, the suite says that it is skipped and why: a registry out of reach fails nothing else.
pub fn for_tests(steps: &mut Steps) -> Outcome<()> {
    let made = steps.run("cargo-llvm-cov", || {
        if output(&mut run_with("cargo", &["llvm-cov", "--version"])).is_ok() {
            return Ok(Done::Skipped("installed".to_string()));
        }
        let program = bin().join("cargo-llvm-cov");
        if output(&mut run_with(&program, &["llvm-cov", "--version"])).is_ok() {
            return Ok(Done::Skipped(program.display().to_string()));
        }
        let mut cargo = run_with("cargo", &["install", "--locked", "cargo-llvm-cov", "--root"]);
        logged(cargo.arg(root()), "cargo-llvm-cov", LIMIT)?.require()?;
        Ok(Done::Did(program.display().to_string()))
    });
    if let Err(why) = made {
        eprintln!("{why}");
    }
    Ok(())
}

pub fn bin() -> PathBuf {
    root().join("bin")
}

fn root() -> PathBuf {
    paths::cache().join("cargo-llvm-cov")
}
