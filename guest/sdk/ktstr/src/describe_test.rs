use super::*;
use crate::result::AssertResult;

static FOO: Scheduler = Scheduler::named("foo").binary_discover("scx_foo");
static SECOND_FOO: Scheduler = Scheduler::named("foo2").binary_discover("scx_foo2");
static BUILTIN: Scheduler =
    Scheduler::named("b").binary(SchedulerSpec::KernelBuiltin { enable: &["on"], disable: &["off"] });

const PLAIN: KtstrTestEntry = KtstrTestEntry::new("crate::m::t", |_| Ok(AssertResult::pass()), "/crate");

static WITH_FOO: KtstrTestEntry =
    KtstrTestEntry { scheduler: Some(Declared { id: "FOO", scheduler: &FOO }), ..PLAIN };
static WITH_SECOND_FOO: KtstrTestEntry =
    KtstrTestEntry { scheduler: Some(Declared { id: "FOO", scheduler: &SECOND_FOO }), ..PLAIN };
static WITH_EEVDF: KtstrTestEntry = KtstrTestEntry {
    scheduler: Some(Declared { id: "EEVDF", scheduler: &crate::scheduler::EEVDF }),
    ..PLAIN
};

#[test]
fn a_plain_test_has_the_defaults_and_nothing_that_is_not_set() {
    static ENTRY: KtstrTestEntry = PLAIN;
    let told = describe(&[&ENTRY], &[]);
    let expected = json!({"name": "m::t", "topology": {"numa_nodes": 1, "llcs": 1, "cores": 2, "threads": 1},
        "memory_mib": 2048, "duration_ms": 12_000, "fresh_attach": false,
        "host_only": false, "performance_mode": false, "no_perf_mode": false, "deterministic": false, "ignore": false, "expect_err": false,
        "allow_inconclusive": false, "post_vm": false, "post_vm_unconditional": false, "extra_sched_args": [],
        "required_flags": [], "excluded_flags": [], "extra_include_files": [], "staged_schedulers": [], "manifest_dir": "/crate", "assert": {},
        "constraints": {"min_cpus": 1, "max_cpus": 192, "min_llcs": 1, "max_llcs": 12, "min_numa_nodes": 1,
                        "max_numa_nodes": 1, "requires_smt": false}});
    assert_eq!(told["tests"], json!([expected]));
    assert_eq!(told["schedulers"], json!([]));
}

#[test]
fn one_scheduler_of_many_tests_is_told_once() {
    let told = describe(&[&WITH_FOO, &WITH_FOO], &[]);
    assert_eq!(told["schedulers"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["schedulers"][0]["manifest_dir"], "/crate");
}

#[test]
fn two_schedulers_of_one_name_are_told_apart() {
    let told = describe(&[&WITH_FOO, &WITH_SECOND_FOO], &[]);
    assert_eq!(told["tests"][0]["scheduler"], "FOO");
    assert_eq!(told["tests"][1]["scheduler"], "FOO#2");
    assert_eq!(told["schedulers"][1]["id"], "FOO#2");
    assert_eq!(told["schedulers"][1]["name"], "foo2");
}

#[test]
fn the_kernels_own_scheduler_is_none_to_attach() {
    let told = describe(&[&WITH_EEVDF], &[]);
    assert_eq!(told["tests"][0].get("scheduler"), None);
}

#[test]
fn flags_are_told_with_what_they_need() {
    static FLAGGED: Scheduler = Scheduler::named("f")
        .binary_discover("scx_f")
        .flags(&[Flag::new("llc", &["--llc"]), Flag::new("steal", &["--steal", "1"]).needs(&["llc"])]);
    let told = describe(&[], &[Declared { id: "F", scheduler: &FLAGGED }]);
    let flags = json!([{"name": "llc", "args": ["--llc"], "needs": []},
        {"name": "steal", "args": ["--steal", "1"], "needs": ["llc"]}]);
    assert_eq!(told["schedulers"][0]["flags"], flags);
}

#[test]
fn a_builtin_tells_how_it_is_switched() {
    let told = describe(&[], &[Declared { id: "B", scheduler: &BUILTIN }]);
    assert_eq!(told["schedulers"][0]["binary"], json!({"builtin": {"enable": ["on"], "disable": ["off"]}}));
}
