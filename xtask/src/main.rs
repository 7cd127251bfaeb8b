//! `cargo xtask <task>`: everything that is done to this repository, in one program without dependencies.

mod apt;
mod arrows;
mod bench;
mod build;
mod chromium;
mod counts;
mod demo;
mod demo_verdicts;
mod format;
mod fuzz;
mod guide;
mod install;
mod kernel;
mod lab;
mod lab_nfs;
mod lint;
mod llvm_cov;
mod measure;
mod measure_attached;
mod measure_kernels;
mod measure_machines;
mod measure_plan;
mod measure_start;
mod measure_stats;
mod measure_templates;
mod number;
mod packages;
mod paths;
mod quiet;
mod setup;
mod shell;
mod step;
mod test;
mod text;
mod tidy;
mod tree;

use std::process::ExitCode;

/// What went wrong: the first line says what, the rest why, the last may be `hint: ...`.
pub type Outcome<T> = Result<T, String>;

struct Task {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&mut step::Steps, &[String]) -> Outcome<()>,
}

#[rustfmt::skip]
const TASKS: &[Task] = &[
    Task { name: "demo",    arguments: "",               about: "from a fresh machine to a scheduler's tests in VMs",     run: demo::task },
    Task { name: "test",    arguments: "[SUITE...]",     about: "everything that CI runs, or the named suites of it",      run: test::task },
    Task { name: "setup",   arguments: "[--dry-run]",    about: "install the Debian packages that are missing; --missing names those that users need",run: setup::task },
    Task { name: "build",   arguments: "",               about: "release build, into build/release/bin",                  run: build::task },
    Task { name: "install", arguments: "[--prefix DIR]", about: "copy the programs to DIR/bin [default: ~/.cargo]",       run: install::task },
    Task { name: "fmt",     arguments: "",               about: "format all C++ and Rust",                                run: format::task },
    Task { name: "lint",    arguments: "",               about: "format, include arrows, file lengths, clang-tidy, clippy", run: lint::task },
    Task { name: "lab",     arguments: "[--cpus N] [-- COMMAND]", about: "a shell or command under a kernel with KVM, emulated",   run: lab::task },
    Task { name: "fuzz",    arguments: "[SECONDS]",      about: "each fuzzer for so long [default: 60]",                  run: fuzz::task },
    Task { name: "bench",   arguments: "[NUMBERS...]",   about: "measure against the limits; table and build/bench.json", run: bench::task },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(name) = arguments.first() else {
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        let near = text::nearest(name, TASKS.iter().map(|task| task.name));
        eprintln!("error: no task `{name}`");
        match near {
            Some(near) => eprintln!("  hint: did you mean `cargo xtask {near}`?"),
            None => eprintln!("  hint: `cargo xtask help` lists the tasks"),
        }
        return ExitCode::from(2);
    };
    let mut steps = step::Steps::new();
    match (task.run)(&mut steps, &arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            if !why.is_empty() {
                eprintln!("error: {why}");
            }
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut out = String::from("usage: cargo xtask <task>\n\n");
    for task in TASKS {
        out += &format!("  {:<8}{:<16}{}\n", task.name, task.arguments, task.about);
    }
    out
}

/// For tasks that take no arguments.
pub fn no_arguments(arguments: &[String]) -> Outcome<()> {
    match arguments.first() {
        None => Ok(()),
        Some(extra) => Err(format!("unexpected argument `{extra}`\n  hint: this task takes none")),
    }
}
