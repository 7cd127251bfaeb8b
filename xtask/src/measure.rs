//! The measurements behind `cargo xtask bench`.

use crate::number::Number;
use crate::shell::{command, logged, output, run_with};
use crate::{demo, paths, text, Outcome};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(15 * 60);
const PAIRS: usize = 50;
const MEGA: f64 = 1024.0 * 1024.0;
/// A test of the example's library that does nothing but add: what remains is the harness.
const TEST: &str = "tests::parses_lists_of_cpus";
/// The example's tests that give the same answer on any machine.
const ANYWHERE: &str = "not binary(machine)";

fn plain(name: &'static str, unit: &'static str, value: f64, limit: Option<f64>) -> Number {
    Number { name: name.to_string(), unit, value, against: None, limit }
}

pub fn clean_build() -> Outcome<Vec<Number>> {
    let folder = paths::build().join("bench");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .map_err(|why| format!("cannot remove {}: {why}", folder.display()))?;
    }
    let begun = Instant::now();
    let mut configure = run_with("cmake", &["--preset", "release", "-B"]);
    logged(configure.arg(&folder), "bench-configure", LIMIT)?.require()?;
    logged(run_with("cmake", &["--build"]).arg(&folder), "bench-build", LIMIT)?.require()?;
    Ok(vec![plain("clean release build of all C++", "s", begun.elapsed().as_secs_f64(), Some(90.0))])
}

pub fn sizes() -> Outcome<Vec<Number>> {
    let init =
        find(&paths::build().join("release"), "ktstr-init").ok_or("build/release holds no ktstr-init")?;
    Ok(vec![
        plain("ktstr-init, stripped", "MB", stripped(&init)?, Some(2.0)),
        plain("ktstr-runner, stripped", "MB", stripped(&paths::program("ktstr-runner"))?, Some(8.0)),
        plain("cargo-ktstr, stripped", "MB", stripped(&paths::program("cargo-ktstr"))?, None),
    ])
}

fn stripped(program: &Path) -> Outcome<f64> {
    let copy = paths::build().join("bench-stripped");
    output(run_with("strip", &["-o"]).arg(&copy).arg(program))?;
    let size = std::fs::metadata(&copy).map_err(|why| format!("{}: {why}", copy.display()))?.len();
    Ok(size as f64 / MEGA)
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let file =
        entries.iter().find(|path| path.is_file() && path.file_name().is_some_and(|file| file == name));
    file.cloned().or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|path| find(path, name)))
}

/// A binary's own listing and the one through the runner, in turn, so that a busy moment hits both.
pub fn listing() -> Outcome<Vec<Number>> {
    let binary = test_binary()?;
    let list = ["--list", "--format", "terse"];
    let (mut own, mut through) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        own.push(timed(command(&binary).args(list))?);
        through.push(timed(command(paths::program("ktstr-runner")).arg(&binary).args(list))?);
    }
    let (own, through) = (text::median(own), text::median(through));
    Ok(vec![
        Number {
            name: "--list through ktstr-runner, median".to_string(),
            unit: "ms",
            value: through,
            against: Some(("the binary's own", own)),
            limit: None,
        },
        plain("what the runner adds to --list", "ms", through - own, Some(10.0)),
    ])
}

/// Milliseconds.
fn timed(command: &mut Command) -> Outcome<f64> {
    let begun = Instant::now();
    output(command.current_dir(paths::example()))?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// The example library's test binary, from Cargo's messages.
fn test_binary() -> Outcome<PathBuf> {
    let build = ["test", "--no-run", "--lib", "--package", "cpulist", "--message-format", "json"];
    let messages = output(run_with("cargo", &build).current_dir(paths::example()))?;
    let executable = messages.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    executable.map(PathBuf::from).ok_or_else(|| "cargo named no test binary of the example".to_string())
}

/// The highest resident size that the runner itself had while a test ran; the guest is QEMU's.
pub fn runner_memory() -> Outcome<Vec<Number>> {
    let binary = test_binary()?;
    let mut runner = command(paths::program("ktstr-runner"));
    runner.arg(&binary).args(["--exact", TEST, "--nocapture"]).current_dir(paths::example());
    let (ended, peak) = with_peak(runner.stdout(Stdio::null()).stderr(Stdio::null()))?;
    if !ended.success() {
        return Err(format!("`ktstr-runner ... --exact {TEST}` ended with {ended}"));
    }
    Ok(vec![plain("ktstr-runner's memory during a test", "MB", peak, Some(25.0))])
}

/// Runs it, and how much memory it had at most, in MB.
pub fn with_peak(command: &mut Command) -> Outcome<(ExitStatus, f64)> {
    let mut child = command.spawn().map_err(|why| why.to_string())?;
    let status = format!("/proc/{}/status", child.id());
    let begun = Instant::now();
    let mut peak = 0.0f64;
    // VmHWM only grows, so sampling loses no more than the last moment before the end.
    loop {
        peak = peak.max(high_water(&status));
        if let Some(ended) = child.try_wait().map_err(|why| why.to_string())? {
            return Ok((ended, peak));
        }
        if begun.elapsed() > LIMIT {
            child.kill().map_err(|why| why.to_string())?;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn high_water(status: &str) -> f64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

pub fn suite() -> Outcome<Vec<Number>> {
    let run = |command: &mut Command, name: &str| -> Outcome<f64> {
        Ok(logged(command, name, LIMIT)?.require()?.took.as_secs_f64())
    };
    let mut native = run_with("cargo", &["nextest", "run", "-E", ANYWHERE]);
    native.current_dir(paths::example());
    // The first run of each compiles, makes caches and is thrown away.
    run(&mut native, "bench-native")?;
    let own = run(&mut native, "bench-native")?;
    let mut vms = demo::cargo_ktstr(&paths::example());
    vms.args(["test", "--", "-E", ANYWHERE]);
    run(&mut vms, "bench-vms")?;
    let value = run(&mut vms, "bench-vms")?;
    let against = Some(("native nextest", own));
    Ok(vec![Number {
        name: "the example's tests in VMs, wall".to_string(),
        unit: "s",
        value,
        against,
        limit: None,
    }])
}
