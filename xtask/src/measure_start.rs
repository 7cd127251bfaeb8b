//! How long `cargo ktstr test` takes before its first test starts, over `cargo nextest run`: a workspace of fifty test binaries,
//! everything built. Part of `cargo xtask bench plan`.

use crate::number::Number;
use crate::shell::{command, output};
use crate::text::median;
use crate::{demo, paths, Outcome};
use std::path::{Path, PathBuf};
use std::time::Instant;

const BINARIES: u32 = 50;
const ROUNDS: u32 = 7;
const LIMIT_S: f64 = 0.5;

pub fn start() -> Outcome<Number> {
    let workspace = fifty_binaries()?;
    let plain = ["nextest", "run"];
    let ours = ["ktstr", "test", "--"];
    output(command("cargo").args(["nextest", "list"]).current_dir(&workspace))?; // builds them
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(until_it_starts(&workspace, &plain)?);
        with.push(until_it_starts(&workspace, &ours)?);
    }
    Ok(Number {
        name: format!("before the first test of {BINARIES} binaries, over nextest"),
        unit: "s",
        value: median(with) - median(without),
        against: None,
        limit: Some(LIMIT_S),
    })
}

fn fifty_binaries() -> Outcome<PathBuf> {
    let root = paths::build().join("fifty-binaries");
    let write = |name: &str, text: &str| {
        let file = root.join(name);
        let folder = file.parent().unwrap_or(&root);
        std::fs::create_dir_all(folder)
            .and_then(|()| if file.exists() { Ok(()) } else { std::fs::write(&file, text) })
            .map_err(|why| format!("{}: {why}", file.display()))
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"fifty\"\nversion = \"0.1.0\"\nedition = \"2021\"\npublish = false\n[workspace]\n",
    )?;
    write("src/lib.rs", "")?;
    for number in 0..BINARIES {
        write(
            &format!("tests/t{number}.rs"),
            &format!("#[test]\nfn works() {{ assert_eq!({number}, {number}); }}\n"),
        )?;
    }
    Ok(root)
}

/// All binaries are listed and no test runs: a name that none has.
fn until_it_starts(workspace: &Path, arguments: &[&str]) -> Outcome<f64> {
    let mut cargo = command("cargo");
    cargo
        .args(arguments)
        .args(["--no-tests", "pass", "-E", "test(=none-has-this-name)"])
        .current_dir(workspace)
        .env("PATH", demo::path_with_programs()); // this tree's, whatever is installed
    let begin = Instant::now();
    output(&mut cargo)?;
    Ok(begin.elapsed().as_secs_f64())
}
