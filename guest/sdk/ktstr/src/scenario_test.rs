use super::*;
use crate::cgroup::CgroupDef;
use crate::cpuset::CpusetSpec;
use crate::op::Op;
use crate::policy::{AffinityIntent, CloneMode, MemPolicy, SchedPolicy};
use crate::step::HoldSpec;
use crate::work_type::WorkPhase;
use crate::worker::{WorkerCtx, WorkerReport};
use serde_json::{json, to_value, Value};

fn with(steps: Vec<Step>) -> Scenario {
    Scenario {
        scenario: Scenario::SCHEMA,
        name: "t".to_string(),
        duration: Duration::from_secs(2),
        settle: Duration::ZERO,
        root: None,
        workers_per_cgroup: 2,
        snapshots: 0,
        thresholds: Assert::NO_OVERRIDES,
        backdrop: Backdrop::new(),
        steps,
    }
}

fn of_cgroup(cgroup: CgroupDef) -> Scenario {
    with(vec![Step::with_defs(vec![cgroup], HoldSpec::FULL)])
}

fn failure(scenario: &Scenario) -> String {
    format!("{:#}", scenario.check().expect_err("an error"))
}

fn sent(value: impl Serialize) -> Value {
    to_value(value).expect("JSON")
}

#[test]
fn nothing_is_sent_that_is_not_set() {
    let expected = json!({"scenario": 1, "name": "t", "duration": 2_000_000_000_u64, "settle": 0,
        "workers_per_cgroup": 2, "assert": {}, "backdrop": {"ops": [], "cgroups": []},
        "steps": [{"ops": [], "cgroups": [], "hold": {"fixed": 5_000_000}}]});
    assert_eq!(sent(with(vec![Step::hold(HoldSpec::fixed(Duration::from_millis(5)))])), expected);
}

#[test]
fn a_cgroup_is_sent_as_the_schema_says() {
    let work = WorkSpec::default()
        .workers_pct(50.0)
        .sched_policy(SchedPolicy::Fifo(3))
        .affinity(AffinityIntent::RandomSubset { from: [0, 1].into(), count: 1 })
        .mem_policy(MemPolicy::Bind([0].into()))
        .clone_mode(CloneMode::Thread)
        .nice(-5)
        .comm("w");
    let cgroup =
        CgroupDef::named("a/b").workers(3).cpuset(CpusetSpec::overlap(0, 2, 0.25)).cpu_quota_pct(150);
    let expected = json!({"name": "a/b",
        "cpuset": {"overlap": {"index": 0, "of": 2, "frac": 0.25}},
        "cpu_quota": {"quota": 150_000_000, "period": 100_000_000},
        "memory_max": 1024,
        "works": [
            {"workers": 3, "work_type": "spin_wait", "sched_policy": "normal", "affinity": "inherit"},
            {"workers_pct": 50.0, "work_type": "spin_wait", "sched_policy": {"fifo": 3},
             "affinity": {"random_subset": {"from": [0, 1], "count": 1}}, "mem_policy": {"bind": [0]},
             "clone_mode": "thread", "nice": -5, "comm": "w"}]});
    assert_eq!(sent(cgroup.memory_max(1024).work(work)), expected);
}

#[test]
fn every_kind_of_value_has_the_form_of_the_schema() {
    let second = Duration::from_secs(1);
    let policy = SchedPolicy::Deadline { runtime: second, deadline: second, period: second };
    let nanoseconds = 1_000_000_000;
    let deadline = json!({"runtime": nanoseconds, "deadline": nanoseconds, "period": nanoseconds});
    assert_eq!(sent(policy), json!({ "deadline": deadline }));
    assert_eq!(sent(CpusetSpec::range(0.0, 0.5)), json!({"range": [0.0, 0.5]}));
    assert_eq!(sent(CpusetSpec::exact(0..2)), json!({"exact": [0, 1]}));
    assert_eq!(sent(CpusetSpec::llc(1)), json!({"llc": 1}));
    assert_eq!(sent(AffinityIntent::SmtSiblingPair), json!("smt_sibling_pair"));
    assert_eq!(sent(AffinityIntent::exact([4])), json!({"exact": [4]}));
    assert_eq!(sent(MemPolicy::Local), json!("local"));
    assert_eq!(sent(HoldSpec::loop_at(second)), json!({ "loop": nanoseconds }));
    let sequence = WorkType::sequence(WorkPhase::Spin(second), vec![WorkPhase::Io(second)]);
    assert_eq!(
        sent(sequence),
        json!({"sequence": {"first": {"spin": nanoseconds}, "rest": [{"io": nanoseconds}]}})
    );
    let bursty = json!({"bursty": {"burst_duration": nanoseconds, "sleep_duration": nanoseconds}});
    assert_eq!(sent(WorkType::bursty(second, second)), bursty);
    assert_eq!(sent(WorkType::pipe_io(8)), json!({"pipe_io": {"burst_iters": 8}}));
    assert_eq!(sent(WorkType::custom("f", idle)), json!({"custom": {"name": "f"}}));
    assert_eq!(sent(Op::detach_scheduler()), json!("detach_scheduler"));
    assert_eq!(sent(Op::add_cgroup("a")), json!({"add_cgroup": {"name": "a"}}));
    assert_eq!(sent(Op::move_all_tasks("a", "b")), json!({"move_all_tasks": {"from": "a", "to": "b"}}));
    let spawned = sent(Op::spawn_workers("a", WorkSpec::default()));
    assert_eq!(spawned["spawn"]["cgroup"], "a");
    assert_eq!(spawned["spawn"]["work"]["work_type"], "spin_wait");
}

fn idle(_: &WorkerCtx) -> WorkerReport {
    WorkerReport::default()
}

fn busy(_: &WorkerCtx) -> WorkerReport {
    WorkerReport { iterations: 1, ..WorkerReport::default() }
}

#[test]
fn mistakes_are_told_with_their_step_and_their_name() {
    assert_eq!(
        failure(&of_cgroup(CgroupDef::named("a").workers(0))),
        "step 0: cgroup `a`: workers(0): at least 1"
    );
    assert_eq!(failure(&of_cgroup(CgroupDef::named(""))), "step 0: a cgroup has an empty name");
    assert!(failure(&of_cgroup(CgroupDef::named("../a"))).contains("cgroup `../a`: a name is relative"));
    assert!(failure(&of_cgroup(CgroupDef::named("a").comm("sixteen bytes ok"))).contains("kernel's 15 bytes"));
    let both = CgroupDef::named("a").workers(1).workers_pct(5.0);
    assert!(failure(&of_cgroup(both)).contains("only one of them"));
    let long = with(vec![Step::hold(HoldSpec::FULL), Step::hold(HoldSpec::frac(1.5))]);
    assert_eq!(failure(&long), "step 1: HoldSpec::frac(1.5): more than 0 and at most 1");
    let nan = with(vec![Step::hold(HoldSpec::frac(f64::NAN))]);
    assert!(failure(&nan).contains("HoldSpec::frac(NaN)"));
    let spawn =
        with(vec![Step::with_op(Op::spawn_workers("a", WorkSpec::default().workers(0)), HoldSpec::FULL)]);
    assert_eq!(failure(&spawn), "step 0: workers in `a`: workers(0): at least 1");
}

#[test]
fn work_functions_are_found_everywhere_and_names_are_not_shared() {
    let custom = |name: &'static str, run| WorkSpec::default().work_type(WorkType::custom(name, run));
    let mut scenario = of_cgroup(CgroupDef::named("a").work(custom("f", idle)));
    scenario.backdrop = Backdrop::new().push_op(Op::spawn_host(custom("g", busy)));
    scenario.check().expect("two names");
    assert_eq!(scenario.functions().expect("two").into_keys().collect::<Vec<_>>(), ["f", "g"]);
    scenario.backdrop = Backdrop::new().push_op(Op::spawn_host(custom("f", busy)));
    assert!(failure(&scenario).starts_with("two work functions have the name `f`"));
}
