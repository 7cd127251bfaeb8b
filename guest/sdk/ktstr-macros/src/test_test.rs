//! Every refusal of `#[ktstr_test]`, with its text.

use super::*;
use crate::value::Kind;

fn message(attribute: &str) -> String {
    message_for(attribute, "fn t(ctx: &Ctx) -> Result<AssertResult> { todo() }")
}

fn message_for(attribute: &str, item: &str) -> String {
    let parse = |text: &str| text.parse::<TokenStream>().expect("tokens");
    match expand(parse(attribute), parse(item)) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn refuses_with_the_key_and_what_to_do() {
    #[rustfmt::skip]
    let cases = [
        ("durations = 5", "`#[ktstr_test]` has no key `durations`: did you mean `duration_s`?"),
        ("qwertyuiop = 5", "`#[ktstr_test]` has no key `qwertyuiop`"),
        ("llcs = 1, llcs = 2", "`llcs` is set twice: leave one of them"),
        ("llcs", "`llcs` needs a value: a whole number from 1 to 255"),
        ("llcs =", "`llcs` has no value after its `=`"),
        ("llcs = 0", "`llcs = 0`: expected a whole number from 1 to 255"),
        ("cores = 256", "`cores = 256`: expected a whole number from 1 to 255"),
        ("threads = -1", "`threads = - 1`: expected a whole number from 1 to 255"),
        ("llcs = \"2\"", "`llcs = \"2\"`: expected a whole number from 1 to 255"),
        ("llcs = 1 + 1", "`llcs = 1 + 1`: expected a whole number from 1 to 255"),
        ("numa_nodes = 2, llcs = 3", "`llcs = 3` is not a multiple of `numa_nodes = 2`: `llcs` counts the LLCs of all nodes, and each node has as many"),
        ("llcs = 8, cores = 16, threads = 2", "`llcs` x `cores` x `threads` is 256 vCPUs: a machine has at most 255"),
        ("duration_s = 0", "`duration_s = 0`: expected a whole number from 1 to 86400"),
        ("duration_s = 1.5", "`duration_s = 1.5`: expected a whole number from 1 to 86400"),
        ("watchdog_timeout_s = 0, scheduler = S", "`watchdog_timeout_s = 0`: expected a whole number from 1 to 30"),
        ("watchdog_timeout_s = 31, scheduler = S", "`watchdog_timeout_s = 31`: expected a whole number from 1 to 30"),
        ("cleanup_budget_ms = 0, scheduler = S", "`cleanup_budget_ms = 0`: expected a whole number of at least 1"),
        ("memory_mib = 0", "`memory_mib = 0`: expected a whole number from 1 to 4294967295"),
        ("expect_err = 1", "`expect_err = 1`: expected `true` or `false`"),
        ("max_spread_pct = \"5\"", "`max_spread_pct = \"5\"`: expected a number"),
        ("extra_sched_args = \"-v\", scheduler = S", "`extra_sched_args = \"-v\"`: expected a list of strings: `[\"a\", \"b\"]`"),
        ("scheduler = \"scx_foo\"", "`scheduler = \"scx_foo\"`: expected the name of a constant or function"),
        ("staged_schedulers = S", "`staged_schedulers = S`: expected a list of names: `[A, B]`"),
        ("config = 5, scheduler = S", "`config = 5`: expected a string or the name of a constant"),
        ("llcs = 1 cores = 2", "`llcs = 1 cores = 2`: expected a whole number from 1 to 255"),
        ("\"llcs\"", "expected `key = value`"),
        ("min_llcs = 3, max_llcs = 2", "`min_llcs = 3` is greater than `max_llcs = 2`"),
        ("min_cpus = 9, max_cpus = 8", "`min_cpus = 9` is greater than `max_cpus = 8`"),
        ("llcs = 1, min_llcs = 2", "`llcs = 1` is less than `min_llcs = 2`: the test does not allow the machine that it declares"),
        ("llcs = 4, max_llcs = 2", "`llcs = 4` is greater than `max_llcs = 2`: the test does not allow the machine that it declares"),
        ("numa_nodes = 1, min_numa_nodes = 2, max_numa_nodes = 4", "`numa_nodes = 1` is less than `min_numa_nodes = 2`: the test does not allow the machine that it declares"),
        ("llcs = 2, cores = 2, threads = 1, min_cpus = 5", "`llcs` x `cores` x `threads` = 4 is less than `min_cpus = 5`: the test does not allow the machine that it declares"),
        ("llcs = 2, cores = 4, threads = 2, max_cpus = 15", "`llcs` x `cores` x `threads` = 16 is greater than `max_cpus = 15`: the test does not allow the machine that it declares"),
        ("threads = 1, requires_smt", "`threads = 1` with `requires_smt`: the test does not allow the machine that it declares"),
        ("performance_mode, no_perf_mode", "`no_perf_mode` with `performance_mode`: a machine has one of them"),
        ("performance_mode, deterministic", "`deterministic` with `performance_mode`: the time of such a machine is not the host's"),
        ("host_only, deterministic", "`deterministic` with `host_only`: such a test has no machine"),
        ("host_only, performance_mode", "`performance_mode` with `host_only`: such a test has no machine"),
        ("host_only, scheduler = S", "`scheduler` with `host_only`: such a test has no machine"),
        ("host_only, post_vm = f", "`post_vm` with `host_only`: such a test has no machine"),
        ("host_only, llcs = 2", "`llcs` with `host_only`: such a test has no machine"),
        ("host_only, min_cpus = 4", "`min_cpus` with `host_only`: such a test has no machine"),
        ("host_only, num_snapshots = 2", "`num_snapshots` with `host_only`: such a test has no machine"),
        ("watchdog_timeout_s = 5", "`watchdog_timeout_s` without `scheduler` or `staged_schedulers`: there is none that it is about"),
        ("cleanup_budget_ms = 100", "`cleanup_budget_ms` without `scheduler` or `staged_schedulers`: there is none that it is about"),
        ("fresh_attach", "`fresh_attach` without `scheduler`: there is none that it is about"),
        ("extra_sched_args = [\"-v\"]", "`extra_sched_args` without `scheduler`: there is none that it is about"),
        ("config = \"x\"", "`config` without `scheduler`: there is none that it is about"),
        ("expect_scx_bpf_error_contains = \"x\"", "`expect_scx_bpf_error_contains` without `scheduler`: there is none that it is about"),
        ("workload_root_cgroup = \"ktstr\"", "`workload_root_cgroup = \"ktstr\"`: expected a path below /sys/fs/cgroup, like \"/ktstr\""),
        ("workload_root_cgroup = \"/a/../b\"", "`workload_root_cgroup = \"/a/../b\"`: expected a path below /sys/fs/cgroup, like \"/ktstr\""),
        ("workload_root_cgroup = \"/\"", "`workload_root_cgroup = \"/\"`: expected a path below /sys/fs/cgroup, like \"/ktstr\""),
        ("auto_repro = true", "`auto_repro = true` is not supported yet: a failed test is not run again under probes; its exit dump is in the result"),
        ("auto_repro", "`auto_repro = true` is not supported yet: a failed test is not run again under probes; its exit dump is in the result"),
        ("expect_auto_repro", "`expect_auto_repro = true` is not supported yet: a failed test is not run again under probes"),
        ("wprof", "`wprof = true` is not supported yet: a guest has no tracer; trace in the test's body"),
        ("fail_on_stall", "`fail_on_stall = true` is not supported yet: the kernel's watchdog ends a scheduler that stalls, and that fails the test: set `watchdog_timeout_s`"),
        ("max_local_dsq_depth = 50", "`max_local_dsq_depth` is not supported yet: runqueues are not sampled; `max_gap_ms` and `max_p99_wake_latency_ns` see what it does to workers"),
        ("max_keep_last_rate = 50", "`max_keep_last_rate` is not supported yet: sched_ext's counters are in the result of the test, and not judged"),
        ("wprof_args = [\"a\"]", "`wprof_args` is not supported yet: a guest has no tracer; trace in the test's body"),
        ("kaslr = false", "`kaslr` is not supported yet: the kernel decides; put `nokaslr` into the scheduler's `kargs` for a guest without"),
        ("payload = P", "`payload` is not supported yet: start the program in the test's body, with std::process::Command"),
        ("workloads = [P]", "`workloads` is not supported yet: start the programs in the test's body, with std::process::Command"),
        ("bpf_map_write = W", "`bpf_map_write` is not supported yet: write the map in the test's body, by bpf(2)"),
        ("disk = D", "`disk` is not supported yet: a guest has no disk; its files are in memory"),
        ("network = N", "`network` is not supported yet: a guest has no network device but its loopback"),
        ("cpu_budget = 4", "`cpu_budget` is not supported yet: the host's share of a machine is set by nextest's `threads-required`"),
        ("workers_per_cgroup = 4", "`workers_per_cgroup` is not supported yet: say it where the workers are: `CgroupDef::named(..).workers(n)`"),
        ("memory_mb = 4", "`memory_mb` is not supported yet: its name is `memory_mib` now, in MiB"),
    ];
    for (attribute, expected) in cases {
        assert_eq!(message(attribute), expected, "#[ktstr_test({attribute})]");
    }
}

#[test]
fn limits_of_schedulers_are_for_staged_ones_too() {
    assert_eq!(message("staged_schedulers = [S], watchdog_timeout_s = 5, cleanup_budget_ms = 100"), "");
}

#[test]
fn refuses_what_is_no_test_function() {
    let shape = "`#[ktstr_test]` goes on `fn name(ctx: &Ctx) -> Result<AssertResult>`";
    assert_eq!(message_for("", "struct T;"), shape);
    assert_eq!(message_for("", "fn t() {}"), format!("`t` has no argument: {shape}"));
    assert_eq!(message_for("", "fn t<T>(ctx: &Ctx) {}"), format!("a test is not generic: {shape}"));
    let twice = message_for("", "#[test] fn t(ctx: &Ctx) {}");
    assert_eq!(twice, "`#[ktstr_test]` makes the `#[test]`: remove this one");
    let panics = message_for("", "#[should_panic] fn t(ctx: &Ctx) {}");
    assert_eq!(panics, "a panic is never a pass: use `expect_err = true`");
    let ignored = message_for("", "#[ignore] fn t(ctx: &Ctx) {}");
    assert_eq!(ignored, "use `ignore = true`, which the runner knows of too");
}

/// A value that each kind takes.
fn fitting(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "false",
        Kind::Whole { .. } => "1",
        Kind::Number => "1.5",
        Kind::Text => "\"/text\"",
        Kind::Texts => "[\"a\", B]",
        Kind::Name => "path::NAME",
        Kind::Names => "[A, b::C]",
    }
}

/// A key that is accepted must reach the generated code: what is swallowed acts on nothing.
#[test]
fn every_key_that_is_accepted_acts() {
    for key in KEYS {
        let scheduler = if key.name == "scheduler" { "" } else { "scheduler = OTHER," };
        let attribute = format!("{scheduler} {} = {}", key.name, fitting(key.kind));
        let item = "fn t(ctx: &Ctx) -> Result<AssertResult> { todo() }";
        let expanded = expand(attribute.parse().expect("tokens"), item.parse().expect("tokens"));
        match key.act {
            Act::Refused(_) => assert!(expanded.is_err(), "{}", key.name),
            Act::OnlyFalse(_) => assert!(expanded.is_ok(), "{}", key.name),
            _ => {
                let text = expanded.unwrap_or_else(|error| panic!("{attribute}: {error}")).to_string();
                assert!(text.contains(key.name), "`{}` is in nothing that is generated", key.name);
            }
        }
    }
}

#[test]
fn every_key_is_there_once() {
    let mut names: Vec<_> = KEYS.iter().map(|key| key.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KEYS.len());
}

/// docs/reference/crate.md has a row for every key, and no other.
#[test]
fn the_reference_lists_every_key() {
    let page = include_str!("../../../../docs/reference/crate.md");
    let section = page.split("## Keys of `#[ktstr_test]`").nth(1).and_then(|rest| rest.split("\n## ").next());
    let rows = section.expect("the section").lines().filter_map(|line| line.strip_prefix("| `"));
    let mut listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    let mut known: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}
