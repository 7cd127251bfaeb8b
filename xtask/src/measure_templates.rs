//! The measurements of templates: what a test costs restored, booted, and natively, side by side in one run.

use crate::bench::Number;
use crate::shell::{command, logged, output, run_with};
use crate::{demo, paths, text, Outcome};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const LIMIT: Duration = Duration::from_secs(15 * 60);
const RESTORED: usize = 20;
const BOOTED: usize = 5;

fn crate_of_nothing() -> PathBuf {
    paths::root().join("tests/fixtures/trivial")
}

/// One test through ktstr-runner, restored and booted, with two vCPUs and with eight.
pub fn one_test() -> Outcome<Vec<Number>> {
    let binary = test_binary()?;
    let mut numbers = Vec::new();
    let shapes: [(&str, [&'static str; 3], f64, f64); 2] = [
        (
            "2",
            ["an empty test restored, 2 vCPUs", "runner exec to the test's main, 2 vCPUs", "booted"],
            200.0,
            150.0,
        ),
        (
            "8",
            ["an empty test restored, 8 vCPUs", "runner exec to the test's main, 8 vCPUs", "booted"],
            f64::MAX,
            200.0,
        ),
    ];
    for (cpus, names, whole, to_main) in shapes {
        timed(&binary, cpus, true)?; // makes the template
        let booted = median_of(BOOTED, || timed(&binary, cpus, false))?;
        let restored = median_of(RESTORED, || timed(&binary, cpus, true))?;
        let main = median_of(RESTORED, || until_main(&binary, cpus))?;
        let limit = |value: f64| (value < f64::MAX).then_some(value);
        numbers.push(Number {
            name: names[0],
            unit: "ms",
            value: restored,
            against: Some((names[2], booted)),
            limit: limit(whole),
        });
        numbers.push(Number {
            name: names[1],
            unit: "ms",
            value: main,
            against: None,
            limit: limit(to_main),
        });
    }
    Ok(numbers)
}

/// A hundred tests that do nothing: native nextest, restored, booted. Two at a time.
pub fn hundred() -> Outcome<Vec<Number>> {
    let folder = crate_of_nothing();
    let run = |command: &mut Command, name: &str| -> Outcome<f64> {
        Ok(logged(command, name, LIMIT)?.require()?.took.as_secs_f64())
    };
    let mut native = run_with("cargo", &["nextest", "run", "-j2"]);
    native.current_dir(&folder);
    run(&mut native, "bench-hundred-native")?; // compiles
    let own = run(&mut native, "bench-hundred-native")?;
    let vms = |cold: bool| {
        let mut vms = demo::cargo_ktstr();
        vms.current_dir(&folder).arg("test");
        if cold {
            vms.arg("--cold");
        }
        vms.args(["--", "-j2"]);
        vms
    };
    run(&mut vms(false), "bench-hundred-restored")?;
    let restored = run(&mut vms(false), "bench-hundred-restored")?;
    let booted = run(&mut vms(true), "bench-hundred-booted")?;
    let against = |name, value| Some((name, value));
    let row = |name, value, base, limit| Number { name, unit: "s", value, against: base, limit };
    Ok(vec![
        row("100 trivial tests restored, -j2", restored, against("native nextest", own), Some(15.0)),
        row("100 trivial tests booted, -j2", booted, against("restored", restored), None),
    ])
}

fn median_of(count: usize, mut measure: impl FnMut() -> Outcome<f64>) -> Outcome<f64> {
    Ok(text::median((0..count).map(|_| measure()).collect::<Outcome<Vec<f64>>>()?))
}

fn runner(binary: &Path, cpus: &str, templates: bool, arguments: &[&str]) -> Command {
    let mut runner = command(paths::program("ktstr-runner"));
    runner.arg(binary).args(arguments).current_dir(crate_of_nothing());
    runner.env("KTSTR_TOPOLOGY", cpus).env("KTSTR_TEMPLATES", if templates { "1" } else { "0" });
    runner
}

/// Milliseconds from the runner's exec to its end.
fn timed(binary: &Path, cpus: &str, templates: bool) -> Outcome<f64> {
    let mut runner = runner(binary, cpus, templates, &["--exact", "tests::a::t0", "--nocapture"]);
    let begun = Instant::now();
    output(&mut runner)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds from the runner's exec to the test's own code, by the guest's clock, which is the host's.
fn until_main(binary: &Path, cpus: &str) -> Outcome<f64> {
    let mut runner = runner(binary, cpus, true, &["--exact", "tests::says_when", "--nocapture", "--ignored"]);
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|why| why.to_string())?;
    let text = output(&mut runner)?;
    let said = text.split_whitespace().find_map(|word| word.parse::<f64>().ok().filter(|time| *time > 1e18));
    let said = said.ok_or_else(|| format!("the test did not say when it ran: {text}"))?;
    Ok((said - begun.as_nanos() as f64) / 1e6)
}

fn test_binary() -> Outcome<PathBuf> {
    let build = ["test", "--no-run", "--lib", "--message-format", "json"];
    let messages = output(run_with("cargo", &build).current_dir(crate_of_nothing()))?;
    let executable = messages.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    executable.map(PathBuf::from).ok_or_else(|| "cargo named no test binary".to_string())
}
