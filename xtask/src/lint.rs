//! `cargo xtask lint`: everything that can be said about the code without running it.

use crate::counts::Counts;
use crate::format::{cargo_fmt, clang_format, RUST};
use crate::shell::{logged, run_with};
use crate::step::{Done, Steps};
use crate::{arrows, build, guide, no_arguments, paths, tidy, tree, Outcome};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
const LONGEST_FILE: usize = 600;

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    no_arguments(arguments)?;
    let mut counts = quick(steps)?;
    counts.add(reading(steps)?);
    println!("{}", counts.line());
    if counts.failed > 0 {
        return Err(String::new());
    }
    Ok(())
}

type Check = fn(&[String]) -> Outcome<String>;

#[rustfmt::skip]
const CHECKS: &[(&str, Check)] = &[
    ("C++ format",     format_of_cpp),
    ("include arrows", include_arrows),
    ("file lengths",   file_lengths),
    ("foreign words",  foreign_words),
    ("guide examples", guide_examples),
    ("scripts",        scripts),
    ("Rust format",    format_of_rust),
    ("clippy",         clippy),
];

const READING: &[(&str, Check)] = &[("clang-tidy", clang_tidy)];

/// What takes seconds.
pub fn quick(steps: &mut Steps) -> Outcome<Counts> {
    all(steps, CHECKS)
}

/// What takes minutes, where nothing is known from last time.
pub fn reading(steps: &mut Steps) -> Outcome<Counts> {
    build::configure(steps, "tidy")?;
    all(steps, READING)
}

/// Runs every check, also after one failed; each is one test.
fn all(steps: &mut Steps, checks: &[(&str, Check)]) -> Outcome<Counts> {
    let files = tree::files()?;
    let mut counts = Counts::default();
    for (name, check) in checks {
        match steps.run(&format!("lint: {name}"), || check(&files).map(Done::Did)) {
            Ok(()) => counts.passed += 1,
            Err(why) => {
                counts.failed += 1;
                eprintln!("{why}");
            }
        }
    }
    Ok(counts)
}

fn format_of_cpp(files: &[String]) -> Outcome<String> {
    let sources = tree::cpp(files);
    let mut command = clang_format(&["--dry-run", "-Werror"], &sources);
    let finished = logged(&mut command, "lint-format", LIMIT)?;
    if !finished.ok() {
        return Err(format!("{}\n  hint: `cargo xtask fmt` formats them", finished.explain()));
    }
    Ok(format!("{} files", sources.len()))
}

fn include_arrows(files: &[String]) -> Outcome<String> {
    let sources = tree::read(&tree::cpp(files));
    none(arrows::violations(&sources), "includes against the arrows of ARCHITECTURE.md")?;
    Ok(format!("{} files", sources.len()))
}

fn file_lengths(files: &[String]) -> Outcome<String> {
    let sources = tree::read(&tree::with_extension(files, &["cpp", "hpp", "rs", "sh"]));
    let mut lengths: Vec<(usize, &str)> =
        sources.iter().map(|s| (s.text.lines().count(), s.path.as_str())).collect();
    lengths.sort();
    let long = lengths.iter().filter(|(lines, _)| *lines > LONGEST_FILE);
    none(long.map(|(lines, path)| format!("{path}: {lines} lines")).collect(), "files over 600 lines")?;
    let median = lengths.get(lengths.len() / 2).map_or(0, |(lines, _)| *lines);
    let (most, path) = lengths.last().copied().unwrap_or((0, ""));
    Ok(format!("{} files, median {median} lines, longest {most} ({path})", lengths.len()))
}

/// What belongs to one machine or its surroundings must not get into the repository. The words are written in halves
/// here, so that this file does not find itself. Lock files are Cargo's, and name the registry that everybody has.
fn foreign_words(files: &[String]) -> Outcome<String> {
    let words = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("deb.", "debian.org"),
        concat!("crates", ".io-index"),
        concat!("index.", "crates", ".io"),
        concat!("pypi", ".org"),
        concat!("registry.", "npmjs"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let mut found = Vec::new();
    let written: Vec<String> = files.iter().filter(|path| !path.ends_with("Cargo.lock")).cloned().collect();
    for source in tree::read(&written) {
        for (index, line) in source.text.lines().enumerate() {
            let hits = words.iter().filter(|word| line.contains(**word));
            found.extend(hits.map(|word| format!("{}:{}: `{word}`", source.path, index + 1)));
        }
    }
    none(found, "words that do not belong into the repository")?;
    let licences =
        ["LICENSE-MIT", "LICENSE-APACHE"].iter().filter(|name| !paths::root().join(name).is_file());
    none(licences.map(|name| format!("{name} is missing")).collect(), "licences")?;
    Ok(format!("{} files", files.len()))
}

fn guide_examples(files: &[String]) -> Outcome<String> {
    let of = |folder: &str, end: &str| -> Vec<String> {
        files.iter().filter(|path| path.starts_with(folder) && path.ends_with(end)).cloned().collect()
    };
    let pages = tree::read(&[of("docs/guide/", ".md"), of("README.md", "")].concat());
    let examples = tree::read(&of(guide::FIXTURE, ".rs"));
    none(guide::strangers(&pages, &examples), "examples of the guide that nothing compiles")?;
    Ok(format!("{} pages", pages.len()))
}

fn scripts(files: &[String]) -> Outcome<String> {
    let mut scripts = tree::with_extension(files, &["sh"]);
    scripts.push(".ci/run".to_string());
    for script in &scripts {
        logged(&mut run_with("bash", &["-n", script]), "lint-scripts", LIMIT)?.require()?;
    }
    Ok(format!("{} files", scripts.len()))
}

fn format_of_rust(_: &[String]) -> Outcome<String> {
    for folder in RUST {
        let finished = logged(&mut cargo_fmt(folder, &["--check"]), "lint-rustfmt", LIMIT)?;
        if !finished.ok() {
            return Err(format!("{}\n  hint: `cargo xtask fmt` formats it", finished.explain()));
        }
    }
    Ok(format!("{} workspaces", RUST.len()))
}

/// Every workspace's default members: all, but for the root package, whose build script would compile the C++.
fn clippy(_: &[String]) -> Outcome<String> {
    for folder in RUST {
        let mut cargo = run_with("cargo", &["clippy", "--quiet", "--all-targets", "--all-features"]);
        cargo.args(["--", "-D", "warnings"]);
        logged(cargo.current_dir(paths::root().join(folder)), "lint-clippy", LIMIT)?.require()?;
    }
    Ok(format!("{} workspaces", RUST.len()))
}

fn clang_tidy(files: &[String]) -> Outcome<String> {
    let report = tidy::check(files)?;
    none(report.findings, "findings of clang-tidy")?;
    Ok(format!("{} files checked, {} unchanged since they were clean", report.checked, report.unchanged))
}

fn none(found: Vec<String>, what: &str) -> Outcome<()> {
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("{what}:\n{}", found.join("\n")))
}
