//! The measurements of templates and forks: what a test costs as a fork, restored, booted, and natively, side by side.

use crate::number::Number;
use crate::shell::{command, logged, output, run_with};
use crate::{demo, paths, text, Outcome};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const LIMIT: Duration = Duration::from_secs(15 * 60);
const QUICK: usize = 20;
const BOOTED: usize = 5;
/// How often a run restores a template before it has a server of forks (ktstr-runner/session/forks.cpp).
const USES_BEFORE_A_SERVER: usize = 6;

/// A crate of tests that do nothing, and the machine that they get.
struct Subject {
    fixture: &'static str,
    what: &'static str,
    vcpus: &'static str,
    /// Milliseconds: of the whole test, and from the runner's exec to the test's own code.
    whole: Option<f64>,
    to_main: f64,
    /// A fork to a boot.
    share: Option<f64>,
}

const SUBJECTS: [Subject; 3] = [
    Subject {
        fixture: "trivial",
        what: "2 vCPUs",
        vcpus: "2",
        whole: Some(200.0),
        to_main: 150.0,
        share: Some(1.0 / 5.0),
    },
    Subject {
        fixture: "trivial",
        what: "8 vCPUs",
        vcpus: "8",
        whole: None,
        to_main: 200.0,
        share: Some(1.0 / 12.0),
    },
    Subject {
        fixture: "large",
        what: "2 vCPUs, 40 MB",
        vcpus: "2",
        whole: None,
        to_main: 300.0,
        share: None,
    },
];

fn fixture(name: &str) -> PathBuf {
    paths::root().join("tests/fixtures").join(name)
}

/// Where a test's machine comes from.
#[derive(Clone, Copy)]
enum Origin {
    Boot,
    Template,
    /// Of a run that ends with this process.
    Fork,
}

/// One test through ktstr-runner: a fork, restored and booted.
pub fn one_test() -> Outcome<Vec<Number>> {
    let mut numbers = Vec::new();
    for subject in &SUBJECTS {
        let binary = test_binary(subject.fixture)?;
        for _ in 0..USES_BEFORE_A_SERVER {
            timed(&binary, subject, Origin::Fork)?; // makes the template, and the server of forks
        }
        let booted = median_of(BOOTED, || timed(&binary, subject, Origin::Boot))?;
        let restored = median_of(QUICK, || timed(&binary, subject, Origin::Template))?;
        let forked = median_of(QUICK, || timed(&binary, subject, Origin::Fork))?;
        let main = median_of(QUICK, || until_main(&binary, subject, Origin::Fork))?;
        let main_restored = median_of(QUICK, || until_main(&binary, subject, Origin::Template))?;
        let row = |name: &str, unit, value, against, limit| Number {
            name: format!("{name}, {}", subject.what),
            unit,
            value,
            against,
            limit,
        };
        numbers.push(row("an empty test, a fork", "ms", forked, Some(("booted", booted)), subject.whole));
        numbers.push(row("an empty test, restored", "ms", restored, Some(("booted", booted)), None));
        numbers.push(row("a fork to a boot", "", forked / booted, None, subject.share));
        let against = Some(("restored", main_restored));
        numbers.push(row("runner exec to the test's main", "ms", main, against, Some(subject.to_main)));
    }
    Ok(numbers)
}

/// Memory that belongs to QEMU alone or is its share of what it has in common, with one clone and with three.
pub fn clones() -> Outcome<Vec<Number>> {
    let one = resident(1)?;
    let three = resident(3)?;
    let further = (three - one) / 2.0;
    let row =
        |name: &str, value, limit| Number { name: name.to_string(), unit: "MB", value, against: None, limit };
    Ok(vec![
        row("PSS of one clone at rest, 512 MB", one, None),
        row("PSS of each further one", further, Some(40.0)),
    ])
}

/// MB of the proportional set size of all emulators below so many runs that sleep in their guest.
fn resident(count: usize) -> Outcome<f64> {
    let mut runs = Vec::new();
    for _ in 0..count {
        runs.push(sleeping_run()?);
    }
    let mut total = 0.0;
    for run in &runs {
        total += pss_below(run.id())?;
    }
    for mut run in runs {
        run.kill().map_err(|why| why.to_string())?;
        run.wait().map_err(|why| why.to_string())?;
    }
    Ok(total)
}

fn sleeping_run() -> Outcome<Child> {
    let mut run = command(paths::program("ktstr"));
    run.args(["run", "--", "/bin/sh", "-c", "echo up; exec sleep 600"]).stdout(Stdio::piped());
    let mut child = run.spawn().map_err(|why| format!("ktstr run: {why}"))?;
    let mut line = String::new();
    let out = child.stdout.as_mut().ok_or("ktstr run has no output")?;
    BufReader::new(out).read_line(&mut line).map_err(|why| why.to_string())?;
    if line != "up\n" {
        return Err(format!("ktstr run did not come up: {line}"));
    }
    Ok(child)
}

fn pss_below(parent: u32) -> Outcome<f64> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let children = children.map_err(|why| why.to_string())?;
    let child = children.split_whitespace().next().ok_or("ktstr run has no emulator")?;
    let sizes =
        std::fs::read_to_string(format!("/proc/{child}/smaps_rollup")).map_err(|why| why.to_string())?;
    let line = sizes.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes =
        line.and_then(|rest| rest.split_whitespace().next()).and_then(|word| word.parse::<f64>().ok());
    Ok(kilobytes.ok_or("no Pss in smaps_rollup")? * 1024.0 / 1e6)
}

/// A hundred tests that do nothing: by native nextest, as they are run, booted; one, two and four at a time.
pub fn hundred() -> Outcome<Vec<Number>> {
    let mut numbers = Vec::new();
    for (name, limit) in [("trivial", Some(15.0)), ("large", None)] {
        let folder = fixture(name);
        let native = |jobs: &str| wall(run_with("cargo", &["nextest", "run", jobs]).current_dir(&folder));
        let vms = |arguments: &[&str]| wall(demo::cargo_ktstr(&folder).arg("test").args(arguments));
        native("-j2")?; // compiles
        vms(&["--", "-j2"])?; // makes the template
        let own = native("-j2")?;
        let restored = vms(&["--", "-j2"])?;
        let mut row = |what: &str, value, against, limit| {
            numbers.push(Number {
                name: format!("100 tests, {name}, {what}"),
                unit: "s",
                value,
                against,
                limit,
            });
        };
        row("-j2", restored, Some(("native nextest", own)), limit);
        row("booted, -j2", vms(&["--cold", "--", "-j2"])?, Some(("-j2", restored)), None);
        row("-j1", vms(&["--", "-j1"])?, Some(("-j2", restored)), None);
        row("-j4", vms(&["--", "-j4"])?, Some(("-j2", restored)), None);
    }
    Ok(numbers)
}

/// Seconds, as nobody asks for backtraces.
fn wall(command: &mut Command) -> Outcome<f64> {
    command.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    Ok(logged(command, "bench-hundred", LIMIT)?.require()?.took.as_secs_f64())
}

pub fn median_of(count: usize, mut measure: impl FnMut() -> Outcome<f64>) -> Outcome<f64> {
    Ok(text::median((0..count).map(|_| measure()).collect::<Outcome<Vec<f64>>>()?))
}

/// As `cargo test` makes it and nobody asks for backtraces.
fn runner(binary: &Path, subject: &Subject, origin: Origin, arguments: &[&str]) -> Command {
    let mut runner = command(paths::program("ktstr-runner"));
    runner.arg(binary).args(arguments).current_dir(fixture(subject.fixture));
    runner.env("KTSTR_TOPOLOGY", subject.vcpus);
    match origin {
        Origin::Boot => runner.env("KTSTR_TEMPLATES", "0"),
        Origin::Template => runner.env("KTSTR_FORKS", "0"),
        Origin::Fork => runner.env("KTSTR_RUN_OWNER", std::process::id().to_string()),
    };
    runner.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    runner
}

/// Milliseconds from the runner's exec to its end.
fn timed(binary: &Path, subject: &Subject, origin: Origin) -> Outcome<f64> {
    let mut runner = runner(binary, subject, origin, &["--exact", "tests::a::t0", "--nocapture"]);
    let begun = Instant::now();
    output(&mut runner)?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds from the runner's exec to the test's own code, by the guest's clock, which is the host's.
fn until_main(binary: &Path, subject: &Subject, origin: Origin) -> Outcome<f64> {
    let mut runner =
        runner(binary, subject, origin, &["--exact", "tests::says_when", "--nocapture", "--ignored"]);
    let begun = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|why| why.to_string())?;
    let text = output(&mut runner)?;
    let said = text.split_whitespace().find_map(|word| word.parse::<f64>().ok().filter(|time| *time > 1e18));
    let said = said.ok_or_else(|| format!("the test did not say when it ran: {text}"))?;
    Ok((said - begun.as_nanos() as f64) / 1e6)
}

fn test_binary(fixture_name: &str) -> Outcome<PathBuf> {
    let build = ["test", "--no-run", "--lib", "--message-format", "json"];
    let messages = output(run_with("cargo", &build).current_dir(fixture(fixture_name)))?;
    let executable = messages.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    executable.map(PathBuf::from).ok_or_else(|| "cargo named no test binary".to_string())
}
