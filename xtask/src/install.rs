//! `cargo xtask install [--prefix DIR]`: copies the programs; a running one keeps its old file.

use crate::step::{Done, Steps};
use crate::{build, paths, Outcome};
use std::path::{Path, PathBuf};

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    let prefix = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => default_prefix(),
        ["--prefix", folder] => PathBuf::from(folder),
        [both] if both.starts_with("--prefix=") => PathBuf::from(&both["--prefix=".len()..]),
        _ => return Err("install takes only --prefix DIR".to_string()),
    };
    build::release(steps)?;
    let folder = prefix.join("bin");
    steps.run(&format!("install: into {}", folder.display()), || {
        std::fs::create_dir_all(&folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
        for name in paths::PROGRAMS {
            place(&paths::program(name), &folder.join(name))?;
        }
        Ok(Done::Did(paths::PROGRAMS.join(" ")))
    })
}

/// Where `cargo install` puts programs, so that `cargo ktstr` finds them.
fn default_prefix() -> PathBuf {
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| paths::home().join(".cargo"), PathBuf::from);
    if cargo.join("bin").is_dir() {
        return cargo;
    }
    paths::home().join(".local")
}

fn place(from: &Path, to: &Path) -> Outcome<()> {
    let temporary = to.with_extension(format!("new-{}", std::process::id()));
    let placed = std::fs::copy(from, &temporary).and_then(|_| std::fs::rename(&temporary, to));
    placed.map_err(|why| {
        // What is left of a failed copy is of no use to anyone; the error below is what counts.
        let _ = std::fs::remove_file(&temporary);
        format!("cannot install {}: {why}", to.display())
    })
}
