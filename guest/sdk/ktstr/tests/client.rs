//! A client's tests, as they stand in a scheduler's repository, and what becomes of them: each is run by this binary
//! itself, against an engine that is a thread of the driving test. They are ignored, as there is no VM here.

mod common;

use common::{FakeEngine, Talk, TempDir};
use ktstr::prelude::*;
use serde_json::{json, Value};
use std::process::{Command, Output};
use std::sync::atomic::Ordering;
use std::time::Duration;

const WATCHDOG_S: u64 = 10;
const MEMORY_MIB: u32 = 512;
const SNAPSHOTS: u32 = 12;

const TENANTS: Scheduler = Scheduler::named("tenants").binary_discover("scx_tenants").sched_args(&[
    "--cell-parent-cgroup",
    "/tenants.slice",
    "--exit-dump-len",
    "1048576",
]);

declare_scheduler!(PLAIN, {
    name = "plain",
    binary = "scx_plain",
    topology = (1, 2, 2, 1),
    sched_args = ["-v", "--slice-us", "5000"],
    sysctls = [ktstr::test_support::Sysctl::new("kernel.sched_rr_timeslice_ms", "50")],
    constraints = TopologyConstraints { max_cpus: Some(64), ..TopologyConstraints::DEFAULT },
    assert = Assert::new().max_gap_ms(2000).not_starved(true),
});

fn quiet_and_loud() -> Step {
    let quiet = CgroupDef::named("quiet").workers(2).work_type(WorkType::SpinWait);
    let loud = CgroupDef::named("loud").workers(30).work_type(WorkType::SpinWait);
    Step::with_defs(vec![quiet, loud], HoldSpec::frac(0.5))
}

fn quiet_does_more(result: &VmResult) -> Result<()> {
    let quiet = |step: u16| result.phase_cgroup(Phase::step(step), "quiet");
    let (Some(with), Some(without)) = (quiet(0), quiet(1)) else {
        anyhow::bail!("no statistics of `quiet`");
    };
    let (Some((delay_with, _)), Some((delay_without, _))) =
        (with.run_delay_summary(), without.run_delay_summary())
    else {
        anyhow::bail!("no run delay of `quiet`");
    };
    let iterations = with.total_iterations as f64;
    let mut verdict = Verdict::new();
    claim!(verdict, iterations).at_least(without.total_iterations as f64 * 1.3);
    claim!(verdict, delay_with).at_most(delay_without * 0.7);
    verdict.into_anyhow_or_log()
}

#[ktstr_test(
    scheduler = TENANTS,
    workload_root_cgroup = "/tenants.slice",
    llcs = 4,
    cores = 4,
    threads = 1,
    memory_mib = MEMORY_MIB,
    duration_s = 20,
    watchdog_timeout_s = WATCHDOG_S,
    num_snapshots = SNAPSHOTS,
    auto_repro = false,
    ignore,
    post_vm = quiet_does_more,
)]
fn quiet_tenant_is_isolated(ctx: &Ctx) -> Result<AssertResult> {
    let without = quiet_and_loud().set_ops(vec![Op::detach_scheduler()]);
    execute_steps(ctx, vec![quiet_and_loud(), without])
}

fn churn(ctx: &WorkerCtx) -> WorkerReport {
    let mut work_units: u64 = 0;
    while !ctx.stop().load(Ordering::Relaxed) {
        work_units += 1;
        std::thread::yield_now();
    }
    // SAFETY: cannot fail.
    let tid = unsafe { libc::gettid() };
    WorkerReport { tid, work_units, ..WorkerReport::default() }
}

#[ktstr_test(scheduler = PLAIN, duration_s = 15, cleanup_budget_ms = 5000, max_gap_ms = 500, ignore)]
fn custom_work(ctx: &Ctx) -> Result<AssertResult> {
    let churners = CgroupDef::named("churners").workers(4).work_type(WorkType::custom("churn", churn));
    execute_steps(ctx, vec![Step::with_defs(vec![churners], HoldSpec::FULL)])
}

fn panics(_: &WorkerCtx) -> WorkerReport {
    panic!("worker's trouble")
}

#[ktstr_test(ignore)]
fn custom_work_that_panics(ctx: &Ctx) -> Result<AssertResult> {
    execute_defs(ctx, vec![CgroupDef::named("a").work_type(WorkType::custom("panics", panics))])
}

#[ktstr_test(ignore = true)]
fn skips(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::skip("no such CPU"))
}

#[ktstr_test(ignore, expect_err)]
fn fails_as_expected(_ctx: &Ctx) -> Result<AssertResult> {
    anyhow::bail!("trouble")
}

#[ktstr_test(ignore)]
fn steady(ctx: &Ctx) -> Result<AssertResult> {
    scenarios::steady(ctx)
}

#[ktstr_test(host_only, ignore)]
fn skips_on_the_host(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::skip("no such device"))
}

#[ktstr_test(host_only)]
fn on_the_host(ctx: &Ctx) -> Result<AssertResult> {
    assert!(ctx.topo.total_cpus() > 0);
    Ok(AssertResult::pass())
}

fn this_binary() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.env_remove("KTSTR_ENGINE");
    command
}

/// Runs one test by this binary, as the agent does.
fn run<T: Send + 'static>(test: &str, script: impl FnOnce(&mut Talk) -> T + Send + 'static) -> (Output, T) {
    let engine = FakeEngine::start(script);
    let arguments = ["--exact", test, "--include-ignored", "--nocapture"];
    let output =
        this_binary().args(arguments).env("KTSTR_ENGINE", engine.socket()).output().expect("the test's run");
    (output, engine.join())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn on_the_host_the_word_is_left_in_a_file() {
    let file = std::env::temp_dir().join(format!("ktstr-word-{}", std::process::id()));
    let arguments = ["--exact", "skips_on_the_host", "--ignored"];
    let output = this_binary().args(arguments).env("KTSTR_WORD_FILE", &file).output().expect("its run");
    let word = std::fs::read_to_string(&file).expect("its word");
    std::fs::remove_file(&file).expect("it was there");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let word: serde_json::Value = serde_json::from_str(&word).expect("JSON");
    assert_eq!(word["verdict"], "skip");
    assert_eq!(word["details"], json!(["no such device"]));
}

#[test]
fn a_scenario_is_sent_as_data_and_its_pass_becomes_the_verdict() {
    let (output, (scenario, verdict)) = run("quiet_tenant_is_isolated", |talk| {
        talk.greet();
        (talk.scenario(&json!({"verdict": "pass", "details": [], "phases": []})), talk.verdict())
    });
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(verdict, json!({"verdict": "pass", "details": [], "message": "", "last": true}));
    assert_eq!(scenario["scenario"], 1);
    assert_eq!(scenario["root"], "/tenants.slice");
    assert_eq!(scenario["duration"], 20_000_000_000_u64);
    assert_eq!(scenario["snapshots"], 12);
    let work =
        json!([{"workers": 30, "work_type": "spin_wait", "sched_policy": "normal", "affinity": "inherit"}]);
    assert_eq!(scenario["steps"][0]["cgroups"][1], json!({"name": "loud", "works": work}));
    assert_eq!(scenario["steps"][0]["hold"], json!({"frac": 0.5}));
    assert_eq!(scenario["steps"][1]["ops"], json!(["detach_scheduler"]));
}

#[test]
fn a_scenario_that_fails_fails_the_test_with_its_headline() {
    let (output, verdict) = run("steady", |talk| {
        talk.greet();
        talk.scenario(&json!({"verdict": "fail", "details": ["worker 3 starved", "more"]}));
        talk.verdict()
    });
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("ktstr: FAIL: worker 3 starved"), "{}", text(&output.stderr));
    assert_eq!(verdict["verdict"], "fail");
    assert_eq!(verdict["message"], "worker 3 starved");
    assert_eq!(verdict["details"], json!(["worker 3 starved", "more"]));
}

#[test]
fn an_inconclusive_scenario_is_its_own_verdict() {
    let (output, verdict) = run("steady", |talk| {
        talk.greet();
        talk.scenario(&json!({"verdict": "inconclusive", "details": ["no samples"]}));
        talk.verdict()
    });
    assert!(!output.status.success());
    assert_eq!(verdict["verdict"], "inconclusive");
}

#[test]
fn a_scenario_that_cannot_run_is_an_error() {
    let (output, verdict) = run("steady", |talk| {
        talk.greet();
        let (id, _) = talk.expect("scenario");
        talk.send(&json!({"id": id, "error": "no cpuset controller"}));
        talk.verdict()
    });
    assert!(!output.status.success());
    assert_eq!(verdict["message"], "the scenario was not run: no cpuset controller");
}

#[test]
fn a_skip_is_said_and_passes() {
    let (output, verdict) = run("skips", Talk::verdict);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("ktstr: SKIP: no such CPU"));
    assert_eq!(verdict["verdict"], "skip");
}

#[test]
fn an_expected_error_is_a_pass() {
    let (output, verdict) = run("fails_as_expected", Talk::verdict);
    assert!(output.status.success());
    assert_eq!(verdict["verdict"], "pass");
    assert_eq!(verdict["message"], "failed as expected: trouble");
}

#[test]
fn an_engine_of_another_version_is_refused() {
    let (output, ()) = run("steady", |talk| {
        let (id, _) = talk.expect("hello");
        talk.send(&json!({"id": id, "hello": {"version": "9.9.9", "scheduler": null, "kernel": "6.12"}}));
        assert!(talk.next().is_none(), "nothing more is asked of such an engine");
    });
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("the crate ktstr is 0.1.0, the engine is 9.9.9"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn an_engine_that_goes_in_the_middle_is_no_pass() {
    let (output, ()) = run("steady", |talk| {
        talk.greet();
        talk.next();
    });
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("the engine has gone"), "{}", text(&output.stderr));
}

#[test]
fn a_word_that_does_not_reach_the_engine_is_no_pass() {
    for test in ["skips", "fails_as_expected"] {
        let arguments = ["--exact", test, "--include-ignored", "--nocapture"];
        let output = this_binary()
            .args(arguments)
            .env("KTSTR_ENGINE", "/nowhere/engine.sock")
            .output()
            .expect("the test's run");
        assert!(!output.status.success(), "{test}");
        let said = text(&output.stderr);
        assert!(said.contains("did not reach the engine: cannot reach the engine at /nowhere"), "{said}");
    }
}

#[test]
fn without_the_runner_a_test_says_how_to_run_it() {
    let output =
        this_binary().args(["--exact", "steady", "--include-ignored"]).output().expect("the test's run");
    assert!(!output.status.success());
    assert!(text(&output.stdout).contains("run `cargo ktstr test -- steady`"), "{}", text(&output.stdout));
}

/// Two workers, started, gated and halted by events; what each reported.
fn drive(talk: &mut Talk, name: &str) -> Vec<Value> {
    talk.greet();
    let (id, scenario) = talk.expect("scenario");
    assert_eq!(scenario.pointer("/steps/0/cgroups/0/works/0/work_type/custom/name"), Some(&json!(name)));
    for worker in [7, 8] {
        talk.send(&json!({"event": {"fork": {"worker": worker, "name": name}}}));
        let (_, forked) = talk.expect("forked");
        assert_eq!(forked["worker"], worker);
        let pid = forked["pid"].as_i64().expect("a number");
        assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
    }
    talk.send(&json!({"event": {"go": {"workers": [7, 8]}}}));
    talk.send(&json!({"event": {"halt": {"workers": [7, 8]}}}));
    let reported = vec![talk.expect("reported").1, talk.expect("reported").1];
    talk.send(&json!({"id": id, "result": {"verdict": "pass"}}));
    talk.verdict();
    reported
}

#[test]
fn custom_workers_are_forked_gated_and_halted() {
    let (output, mut reported) = run("custom_work", |talk| drive(talk, "churn"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    reported.sort_by_key(|report| report["worker"].as_u64());
    assert_eq!(reported[0]["worker"], 7);
    assert_eq!(reported[1]["worker"], 8);
    assert!(reported.iter().all(|report| report["report"]["tid"].as_i64() > Some(0)), "{reported:?}");
}

#[test]
fn a_custom_worker_that_panics_reports_that() {
    let (_, reported) = run("custom_work_that_panics", |talk| drive(talk, "panics"));
    assert_eq!(reported[0]["error"], "panicked: worker's trouble");
}

#[test]
fn workers_are_gone_when_the_engine_is() {
    let (output, pid) = run("custom_work", |talk| {
        talk.greet();
        talk.expect("scenario");
        talk.send(&json!({"event": {"fork": {"worker": 1, "name": "churn"}}}));
        talk.expect("forked").1["pid"].as_i64().expect("a number")
    });
    assert!(!output.status.success());
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn describe_tells_every_test_and_scheduler() {
    let output = this_binary().arg("--ktstr-describe").output().expect("the description");
    assert!(output.status.success());
    let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(told["ktstr"], "0.1.0");
    let named = |list: &str, key: &str, name: &str| {
        let list = told[list].as_array().expect("a list");
        list.iter().find(|it| it[key] == name).unwrap_or_else(|| panic!("{name} in {list:?}")).clone()
    };
    let test = named("tests", "name", "quiet_tenant_is_isolated");
    assert_eq!(test["scheduler"], "TENANTS");
    assert_eq!(test["topology"], json!({"numa_nodes": 1, "llcs": 4, "cores": 4, "threads": 1}));
    assert_eq!(test["memory_mib"], 512);
    assert_eq!(test["duration_ms"], 20_000);
    assert_eq!(test["watchdog_timeout_ms"], 10_000);
    assert_eq!(test["post_vm"], true);
    assert_eq!(test["ignore"], true);
    let custom = named("tests", "name", "custom_work");
    assert_eq!(custom["topology"], json!({"numa_nodes": 1, "llcs": 2, "cores": 2, "threads": 1}));
    assert_eq!(custom["assert"], json!({"not_starved": true, "max_gap_ms": 500}));
    assert_eq!(custom["constraints"]["max_cpus"], 64);
    assert!(named("tests", "name", "steady").get("scheduler").is_none());
    assert_eq!(named("schedulers", "id", "TENANTS")["binary"], json!({"discover": "scx_tenants"}));
    let plain = named("schedulers", "id", "PLAIN");
    assert_eq!(plain["args"], json!(["-v", "--slice-us", "5000"]));
    assert_eq!(plain["sysctls"], json!({"kernel.sched_rr_timeslice_ms": "50"}));
    assert_eq!(plain["manifest_dir"], env!("CARGO_MANIFEST_DIR"));
}

fn post_vm(test: &str, quiet: [u64; 2]) -> Output {
    let folder = TempDir::new();
    let file = folder.path().join("result.json");
    let phase = |index: u64, iterations: u64| {
        let delay = json!({"mean_us": index, "worst_us": 9.0, "total_ns": 5});
        let quiet = json!({"num_workers": 2, "total_iterations": iterations, "run_delay": delay});
        json!({"index": index, "name": "step", "begin": 0, "end": 10, "cgroups": {"quiet": quiet}})
    };
    let measured = json!({"verdict": "pass", "phases": [phase(1, quiet[0]), phase(2, quiet[1])]});
    let result = json!({"verdict": "pass", "success": true, "duration_ns": 5, "result": measured});
    std::fs::write(&file, result.to_string()).expect("the file");
    this_binary().arg("--ktstr-post-vm").arg(test).arg(&file).output().expect("the callback's run")
}

#[test]
fn post_vm_judges_the_result_on_the_host() {
    let good = post_vm("quiet_tenant_is_isolated", [200, 100]);
    assert_eq!(good.status.code(), Some(0), "{}", text(&good.stderr));
    let bad = post_vm("quiet_tenant_is_isolated", [100, 100]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stderr).contains("iterations: 100 is not at least 130"), "{}", text(&bad.stderr));
}

#[test]
fn post_vm_of_an_unknown_test_is_an_error() {
    let output = post_vm("nothing", [1, 1]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("there is no test `nothing`"));
}

#[test]
fn the_binary_is_marked_with_the_version() {
    let bytes = std::fs::read(std::env::current_exe().expect("this program")).expect("its bytes");
    let note =
        [&6_u32.to_ne_bytes()[..], &5_u32.to_ne_bytes(), &1_u32.to_ne_bytes(), b"ktstr\0\0\x000.1.0\0\0\0"]
            .concat();
    assert!(bytes.windows(note.len()).any(|window| window == note));
}

/// Used by a test that replaces its scheduler: here it need only compile.
#[allow(dead_code)]
fn everything_compiles(ctx: &Ctx) -> Result<AssertResult> {
    let work = WorkSpec::default()
        .workers(1)
        .sched_policy(SchedPolicy::Fifo(1))
        .affinity(AffinityIntent::exact([0, 1]))
        .work_type(WorkType::bursty(Duration::from_millis(50), Duration::from_millis(100)));
    let cgroup = ctx.cgroup_def("a").cpuset(CpusetSpec::disjoint(0, 2)).cpu_quota_pct(50).work(work.clone());
    let backdrop = Backdrop::new().push_cgroup(cgroup).push_op(Op::spawn_host(work));
    let steps = vec![
        Step::hold(HoldSpec::fixed(Duration::from_secs(1))),
        Step::with_op(Op::replace_scheduler(&PLAIN), HoldSpec::FULL),
        Step {
            setup: vec![CgroupDef::named("b")].into(),
            ops: vec![],
            hold: HoldSpec::loop_at(Duration::from_secs(1)),
        },
    ];
    let mut result = execute_scenario_with(ctx, backdrop, steps, Some(&Assert::new().max_spread_pct(15.0)))?;
    result.merge(AssertResult::pass());
    Ok(result)
}
