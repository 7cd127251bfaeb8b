//! `cargo xtask test [SUITE...]`: everything that CI runs. The last line is `N passed, N failed`.

use crate::counts::{self, Counts};
use crate::lab::Lab;
use crate::packages::Scope;
use crate::quiet::{Lane, Work};
use crate::shell::{command, logged, run_with, Finished};
use crate::step::{Done, Steps};
use crate::{build, chromium, demo, fuzz, kernel, lab_nfs, lint, llvm_cov, paths, setup, text, Outcome};
use std::process::Command;
use std::time::Duration;

const UNIT_LIMIT: Duration = Duration::from_secs(8 * 60);
const FUZZ_SECONDS: u64 = 60;
const SUITE_LIMIT: Duration = Duration::from_secs(12 * 60);
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What a suite needs before it can run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Packages,
    Programs,
    Kernels,
}

type RunSuite = Box<dyn Fn(&mut Steps) -> Outcome<Counts>>;

struct Suite {
    name: String,
    needs: Needs,
    /// What can be done beside the suites before it, and leaves it little to do.
    prepare: Option<Work>,
    run: RunSuite,
}

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    let suites = chosen(arguments)?;
    setup::install(steps, Scope::Test)?;
    demo::require_nextest()?;
    let mut results: Vec<(String, Counts)> = Vec::new();
    // What is needed is made when the first suite asks for it; when that fails, so does every suite that needs it.
    let mut programs: Option<Outcome<()>> = None;
    let mut kernels: Option<Outcome<()>> = None;
    let mut quiet = Lane::begin(steps, suites.iter().filter_map(|suite| suite.prepare).collect());
    for suite in &suites {
        if suite.prepare.is_some() {
            quiet.wait();
        }
        let mut ready = Ok(());
        if suite.needs != Needs::Packages {
            ready = programs.get_or_insert_with(|| build::release(steps)).clone();
        }
        if suite.needs == Needs::Kernels && ready.is_ok() {
            ready = kernels.get_or_insert_with(|| kernel::for_tests(steps)).clone();
        }
        let counts = ready.and_then(|()| (suite.run)(steps)).unwrap_or_else(|why| {
            eprintln!("error: suite `{}`: {why}", suite.name);
            Counts { failed: 1, ..Counts::default() }
        });
        steps.say(&format!("suite {}: {}", suite.name, counts.line()));
        results.push((suite.name.clone(), counts));
    }
    report(steps, &results)
}

fn report(steps: &Steps, results: &[(String, Counts)]) -> Outcome<()> {
    steps.print_table();
    println!();
    let mut all = Counts::default();
    for (name, counts) in results {
        println!("{name:<16} {}", counts.line());
        for skipped in &counts.skipped {
            println!("  skipped: {skipped}");
        }
        all.add(counts.clone());
    }
    println!("time: {}", text::seconds(steps.elapsed()));
    println!("{}", all.line());
    if all.failed > 0 {
        return Err(String::new());
    }
    Ok(())
}

fn chosen(names: &[String]) -> Outcome<Vec<Suite>> {
    let mut suites = vec![
        suite("lint", Needs::Packages, lint::quick),
        suite("xtask", Needs::Packages, xtask_itself),
        suite("sdk", Needs::Packages, sdk),
        suite("shipped", Needs::Programs, shipped),
        suite("boot", Needs::Kernels, boot),
        suite("example", Needs::Kernels, example),
        suite("schedulers", Needs::Kernels, schedulers),
        suite("lab-boot", Needs::Kernels, lab_boot),
        suite("lab-templates", Needs::Kernels, lab_templates),
        suite("lab-example", Needs::Kernels, lab_example),
        suite("lab-hostile", Needs::Kernels, lab_hostile),
        suite("lab-nfs", Needs::Kernels, lab_nfs),
    ];
    // Last, since by then others have left time to prepare them. What needs a kernel is prepared when there is one.
    let mut last = vec![
        prepared("tidy", |steps| lint::reading(steps).map(|_| ()), lint::reading),
        prepared("unit", compile_unit, unit),
        prepared("fuzz", fuzz::compile, fuzz),
        prepared("aarch64", compile_aarch64, aarch64),
    ];
    for script in scripts()? {
        let name = script.trim_end_matches(".sh").to_string();
        let prepare = prepares(&name);
        let needs = if name == "html_report" { Needs::Programs } else { Needs::Kernels };
        let suite = suite(&name, needs, move |steps| e2e(steps, &script));
        if prepare.is_some() { &mut last } else { &mut suites }.push(Suite { prepare, ..suite });
    }
    suites.extend(last);
    if names.is_empty() {
        return Ok(suites);
    }
    for name in names {
        if !suites.iter().any(|suite| suite.name == *name) {
            let known: Vec<&str> = suites.iter().map(|suite| suite.name.as_str()).collect();
            return Err(format!("no suite `{name}`\n  hint: there are {}", known.join(" ")));
        }
    }
    suites.retain(|suite| names.contains(&suite.name));
    Ok(suites)
}

fn suite(name: &str, needs: Needs, run: impl Fn(&mut Steps) -> Outcome<Counts> + 'static) -> Suite {
    Suite { name: name.to_string(), needs, prepare: None, run: Box::new(run) }
}

fn prepared(name: &str, prepare: Work, run: impl Fn(&mut Steps) -> Outcome<Counts> + 'static) -> Suite {
    Suite { prepare: Some(prepare), ..suite(name, Needs::Packages, run) }
}

/// tests/e2e/*.sh, but for the libraries and scripts that say they are run by hand.
fn scripts() -> Outcome<Vec<String>> {
    let folder = paths::root().join("tests/e2e");
    let entries =
        std::fs::read_dir(&folder).map_err(|why| format!("cannot read {}: {why}", folder.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| name.ends_with(".sh") && !name.ends_with("lib.sh")).collect();
    names.sort();
    Ok(names)
}

fn compile_unit(steps: &mut Steps) -> Outcome<()> {
    build::preset(steps, "asan", &["unit_tests"])
}

/// All but those labelled `boot` and `kvm`, which need a kernel or KVM, and `cli`, whose programs preset asan does not build.
fn unit(steps: &mut Steps) -> Outcome<Counts> {
    compile_unit(steps)?;
    ctest(steps, "unit tests, sanitized", "asan", &["-LE", "boot|cli|kvm"])
}

/// What must be tried on the code that users get: what the programs say when they are asked for help or asked wrongly, to the
/// letter (`cli`), and what differs in a sanitized build (`shipped`).
fn shipped(steps: &mut Steps) -> Outcome<Counts> {
    build::preset(steps, "release", &["kvm_test", "fork_server_test"])?;
    ctest(steps, "command lines and confinement", "release", &["-L", "cli|shipped"])
}

fn ctest(steps: &mut Steps, subject: &str, preset: &str, which: &[&str]) -> Outcome<Counts> {
    counted(steps, subject, counts::ctest, || {
        let mut ctest =
            run_with("ctest", &["--preset", preset, "--verbose", "--parallel", "2", "--no-tests=error"]);
        logged(ctest.args(which), &format!("ctest-{preset}"), UNIT_LIMIT)
    })
}

/// The unit tests that need a real kernel: every topology, the window's size and place, the ways a boot ends.
fn boot(steps: &mut Steps) -> Outcome<Counts> {
    build::preset(steps, "release", &["kernel_boot_test"])?;
    let kernel = kernel::lean_image()?;
    counted(steps, "boots of a real kernel", counts::ctest, || {
        let mut ctest =
            run_with("ctest", &["--preset", "release", "--verbose", "--no-tests=error", "-L", "boot"]);
        logged(ctest.env("KTSTR_TEST_KERNEL_IMAGE", kernel), "ctest-boot", UNIT_LIMIT)
    })
}

fn compile_aarch64(steps: &mut Steps) -> Outcome<()> {
    build::preset(steps, "aarch64", &["libraries"])
}

/// What is not x86-64's own compiles for another architecture; nothing is linked or run.
fn aarch64(steps: &mut Steps) -> Outcome<Counts> {
    compile_aarch64(steps)?;
    Ok(Counts { passed: 1, ..Counts::default() })
}

/// Every parser of what a guest wrote, for a minute each.
fn fuzz(steps: &mut Steps) -> Outcome<Counts> {
    Ok(Counts { passed: fuzz::run(steps, FUZZ_SECONDS)?, ..Counts::default() })
}

fn xtask_itself(steps: &mut Steps) -> Outcome<Counts> {
    counted(steps, "unit tests of xtask and install", counts::libtest, || {
        let mut cargo =
            run_with("cargo", &["test", "--quiet", "--package", "xtask", "--package", "ktstr-install"]);
        logged(&mut cargo, "xtask-test", UNIT_LIMIT)
    })
}

/// The crates of guest/sdk, against an engine that is one of their own threads.
fn sdk(steps: &mut Steps) -> Outcome<Counts> {
    counted(steps, "the crate ktstr", counts::libtest, || {
        let mut cargo = run_with("cargo", &["test", "--quiet", "--locked", "--workspace"]);
        logged(cargo.current_dir(paths::root().join("guest/sdk")), "sdk-test", UNIT_LIMIT)
    })
}

fn example(steps: &mut Steps) -> Outcome<Counts> {
    counted(steps, "the example crate's tests in VMs", counts::nextest, || {
        let mut tests = demo::cargo_ktstr(&paths::example());
        logged(tests.args(["test", "--", "--profile", "ci"]), "example", SUITE_LIMIT)
    })
}

/// The scheduler's own tests, and fifty small ones that all begin on one attached machine.
fn schedulers(steps: &mut Steps) -> Outcome<Counts> {
    counted(steps, "tests of a scheduler", counts::nextest, || {
        let mut tests = demo::cargo_ktstr(&paths::scheduler());
        let words = ["test", "--", "--profile", "ci", "--features", "integration"];
        logged(tests.args(words), "schedulers", SUITE_LIMIT)
    })
}

/// Hostile guests, and the boots again, on our own VMM: the lean kernel with all tests, the distribution's and the lab's own with a few.
fn lab_boot(steps: &mut Steps) -> Outcome<Counts> {
    build::preset(steps, "release", &["kernel_boot_test", "hostile_guest_test"])?;
    let lab = Lab::prepare(steps)?;
    let lean = kernel::lean_image()?;
    let few = "*1n2l2c2t:*PanicsWhenInitEnds";
    let mut words = vec!["tests/lab/boot.sh".to_string(), lean, "*".to_string()];
    for other in [kernel::distro()?, lab.kernel().display().to_string()] {
        words.extend([other, few.to_string()]);
    }
    counted(steps, "lab: boots on our own VMM", counts::ctest, || lab.logged(&words, "lab-boot", SUITE_LIMIT))
}

/// What must be so of a restored guest, on our own VMM. One emulated CPU serves all vCPUs there, so of the large machines
/// one will do.
fn lab_templates(steps: &mut Steps) -> Outcome<Counts> {
    let lab = Lab::prepare(steps)?;
    let only = "first test boots|clones|clocks are right, (1n1l|1n2l4c1t)|as after a boot, 1n1l|timers.*(one CPU|two CPUs|NUMA)";
    counted(steps, "lab: templates on our own VMM", counts::harness, || {
        lab.logged(&in_lab("templates.sh", only), "lab-templates", SUITE_LIMIT)
    })
}

/// Guests that hang, spin, reboot and die: the verdict comes in time, and nothing stays.
fn lab_hostile(steps: &mut Steps) -> Outcome<Counts> {
    let lab = Lab::prepare(steps)?;
    let only = "kernel that spins|test that (reboots|panics the kernel|hangs)";
    counted(steps, "lab: hostile programs on our own VMM", counts::harness, || {
        lab.logged(&in_lab("bad_input.sh", only), "lab-hostile", SUITE_LIMIT)
    })
}

/// The kernel store on NFS: a server and two clients in one lab.
fn lab_nfs(steps: &mut Steps) -> Outcome<Counts> {
    let lab = Lab::prepare(steps)?;
    let mut words = vec!["env".to_string(), "KTSTR_E2E_MACHINE=kvm".to_string()];
    words.push("KTSTR_E2E_ONLY=".to_string());
    words.push(format!("KTSTR_LAB_MODULES={}", lab.modules().display()));
    words.push(format!("KTSTR_LAB_NFS={}", lab_nfs::programs(steps)?.display()));
    words.extend(e2e_environment());
    words.extend(["bash".to_string(), "tests/lab/nfs.sh".to_string()]);
    counted(steps, "lab: the kernel store on NFS", counts::harness, || {
        lab.logged(&words, "lab-nfs", SUITE_LIMIT)
    })
}

/// The checks of a script of tests/e2e whose names match, on our own VMM.
fn in_lab(script: &str, only: &str) -> Vec<String> {
    let mut words =
        vec!["env".to_string(), format!("KTSTR_E2E_ONLY={only}"), "KTSTR_E2E_MACHINE=kvm".to_string()];
    words.extend(e2e_environment());
    words.extend(["bash".to_string(), format!("tests/e2e/{script}")]);
    words
}

fn lab_example(steps: &mut Steps) -> Outcome<Counts> {
    let lab = Lab::prepare(steps)?;
    let script = format!(
        "cd {} && PATH={}:$PATH exec cargo ktstr test --machine kvm -- --profile ci",
        text::quoted(&paths::example().display().to_string()),
        text::quoted(&paths::programs().display().to_string())
    );
    let words = ["sh".to_string(), "-c".to_string(), script];
    counted(steps, "lab: the example crate on our own VMM", counts::nextest, || {
        lab.logged(&words, "lab-example", SUITE_LIMIT)
    })
}

fn e2e_environment() -> Vec<String> {
    vec![
        format!("KTSTR_E2E_ROOT={}", paths::root().display()),
        format!("KTSTR_E2E_BIN={}", paths::programs().display()),
    ]
}

/// What a script needs that takes a compiler longer than the script.
fn prepares(name: &str) -> Option<Work> {
    match name {
        "coverage" | "workflows" => Some(llvm_cov::for_tests),
        "html_report" => Some(chromium::for_tests),
        "real_schedulers" => Some(build_real_schedulers),
        _ => None,
    }
}

fn e2e(steps: &mut Steps, script: &str) -> Outcome<Counts> {
    let name = script.trim_end_matches(".sh");
    if let Some(prepare) = prepares(name) {
        prepare(steps)?;
    }
    counted(steps, &format!("e2e: {name}"), counts::harness, || {
        logged(&mut e2e_script(script), &format!("e2e-{name}"), SUITE_LIMIT)
    })
}

/// Four large crates, compiled once: from an empty cache that takes longer than a suite may.
fn build_real_schedulers(steps: &mut Steps) -> Outcome<()> {
    steps.run("e2e: the schedulers that nobody here wrote", || {
        if kernel::newest().is_none() {
            return Ok(Done::Skipped("there is no kernel yet to compile them against".to_string()));
        }
        let mut build = e2e_script("real_schedulers.sh");
        let built = logged(build.arg("--build-only"), "e2e-real_schedulers-build", BUILD_LIMIT)?.require()?;
        Ok(Done::Did(text::tail(&built.text(), 1).trim().to_string()))
    })
}

fn e2e_script(script: &str) -> Command {
    let mut bash = command("bash");
    bash.arg(paths::root().join("tests/e2e").join(script)).env("PATH", path_for_suites());
    bash.env_remove("KTSTR_E2E_ONLY").env_remove("KTSTR_E2E_MACHINE");
    bash.envs(e2e_environment().iter().filter_map(|word| word.split_once('=')));
    bash
}

/// The programs of this tree first, what we built for ourselves last.
fn path_for_suites() -> std::ffi::OsString {
    let mut path = demo::path_with_programs();
    path.push(":");
    path.push(llvm_cov::bin());
    path
}

/// Runs one suite's program and counts; a program that failed or counted nothing is at least one failure.
fn counted(
    steps: &mut Steps,
    subject: &str,
    count: fn(&str) -> Counts,
    run: impl FnOnce() -> Outcome<Finished>,
) -> Outcome<Counts> {
    let mut counts = Counts::default();
    let ran = steps.run(subject, || {
        let finished = run()?;
        counts = count(&finished.text());
        if !finished.ok() || counts.total() == 0 {
            counts.failed = counts.failed.max(1);
        }
        if counts.failed > 0 {
            return Err(finished.explain());
        }
        Ok(Done::Did(counts.line()))
    });
    if let Err(why) = ran {
        eprintln!("{why}");
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}
