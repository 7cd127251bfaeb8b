//! Rules over several keys of `#[ktstr_test]`, for what stands in the source as numbers. What needs the values of
//! constants is checked by the generated ones: `Topology::effective`, `Topology::held_to`, `TopologyConstraints::checked`.

use crate::test::Set;
use crate::value::{path_of_cgroup, Value};
use proc_macro2::Span;
use quote::quote;
use syn::Error;

pub fn check(set: &Set) -> syn::Result<()> {
    check_topology(set)?;
    check_constraints(set)?;
    check_company(set)?;
    if let Some((_, span, value)) = set.get("workload_root_cgroup") {
        path_of_cgroup("workload_root_cgroup", *span, &quote!(#value))?;
    }
    Ok(())
}

/// A number that stands there as such.
fn whole(set: &Set, name: &str) -> Option<u64> {
    set.get(name).and_then(|(_, _, value)| value.whole())
}

fn is_true(set: &Set, name: &str) -> bool {
    matches!(set.get(name), Some((_, _, Value::Bool(true))))
}

/// An error where the key `name` stands.
fn refuse(set: &Set, name: &str, message: String) -> syn::Result<()> {
    Err(Error::new(set.get(name).map_or_else(Span::call_site, |(_, span, _)| *span), message))
}

fn check_topology(set: &Set) -> syn::Result<()> {
    if let (Some(llcs), Some(nodes)) = (whole(set, "llcs"), whole(set, "numa_nodes")) {
        if llcs % nodes != 0 {
            let message = format!(
                "`llcs = {llcs}` is not a multiple of `numa_nodes = {nodes}`: `llcs` counts the LLCs of all nodes, and \
                 each node has as many"
            );
            return refuse(set, "llcs", message);
        }
    }
    let factors = ["llcs", "cores", "threads"];
    let cpus: u64 = factors.iter().filter_map(|name| whole(set, name)).product();
    if cpus > 255 {
        let name = factors.into_iter().find(|name| set.contains_key(name)).unwrap_or("llcs");
        let message = format!("`llcs` x `cores` x `threads` is {cpus} vCPUs: a machine has at most 255");
        return refuse(set, name, message);
    }
    Ok(())
}

fn check_constraints(set: &Set) -> syn::Result<()> {
    for what in ["numa_nodes", "llcs", "cpus"] {
        let (least, most) = (format!("min_{what}"), format!("max_{what}"));
        if let (Some(low), Some(high)) = (whole(set, &least), whole(set, &most)) {
            if low > high {
                let message = format!("`{least} = {low}` is greater than `{most} = {high}`");
                return refuse(set, &least, message);
            }
        }
    }
    check_own_topology(set)
}

/// A test that would not run on the machine that it declares.
fn check_own_topology(set: &Set) -> syn::Result<()> {
    let own = |name: &str| Some((format!("`{name} = {}`", whole(set, name)?), whole(set, name)?));
    let cpus = || {
        let [llcs, cores, threads] = ["llcs", "cores", "threads"].map(|name| whole(set, name));
        let cpus = llcs? * cores? * threads?;
        Some((format!("`llcs` x `cores` x `threads` = {cpus}"), cpus))
    };
    for (what, declared) in [("numa_nodes", own("numa_nodes")), ("llcs", own("llcs")), ("cpus", cpus())] {
        let Some((shown, value)) = declared else { continue };
        for (limit, relation) in [(format!("min_{what}"), "less"), (format!("max_{what}"), "greater")] {
            let Some(bound) = whole(set, &limit) else { continue };
            if (relation == "less" && value < bound) || (relation == "greater" && value > bound) {
                let message = format!("{shown} is {relation} than `{limit} = {bound}`: {NOT_ITS_OWN}");
                return refuse(set, &limit, message);
            }
        }
    }
    if is_true(set, "requires_smt") && whole(set, "threads") == Some(1) {
        return refuse(set, "requires_smt", format!("`threads = 1` with `requires_smt`: {NOT_ITS_OWN}"));
    }
    Ok(())
}

const NOT_ITS_OWN: &str = "the test does not allow the machine that it declares";

/// What is about a machine does nothing in a test that has none.
#[rustfmt::skip]
const OF_A_MACHINE: [&str; 20] = [
    "deterministic", "performance_mode", "scheduler", "staged_schedulers", "post_vm", "post_vm_unconditional", "num_snapshots", "extra_include_files",
    "numa_nodes", "llcs", "cores", "threads", "memory_mib",
    "requires_smt", "min_numa_nodes", "max_numa_nodes", "min_llcs", "max_llcs", "min_cpus", "max_cpus",
];

/// What is about the test's own scheduler.
#[rustfmt::skip]
const OF_ITS_SCHEDULER: [&str; 7] = [
    "extra_sched_args", "required_flags", "excluded_flags", "config", "fresh_attach", "expect_scx_bpf_error_contains", "expect_scx_bpf_error_matches",
];

/// What is about that and about those that take its place.
const OF_A_SCHEDULER: [&str; 2] = ["watchdog_timeout_s", "cleanup_budget_ms"];

/// Keys that act only beside others, or not beside them.
fn check_company(set: &Set) -> syn::Result<()> {
    let given = |names: &[&'static str]| names.iter().copied().find(|name| set.contains_key(name));
    if let Some(name) = given(&OF_A_MACHINE).filter(|_| is_true(set, "host_only")) {
        return refuse(set, name, format!("`{name}` with `host_only`: such a test has no machine"));
    }
    if is_true(set, "performance_mode") && is_true(set, "no_perf_mode") {
        return refuse(
            set,
            "no_perf_mode",
            "`no_perf_mode` with `performance_mode`: a machine has one of them".into(),
        );
    }
    if is_true(set, "performance_mode") && is_true(set, "deterministic") {
        return refuse(
            set,
            "deterministic",
            "`deterministic` with `performance_mode`: the time of such a machine is not the host's".into(),
        );
    }
    if set.contains_key("scheduler") {
        return Ok(());
    }
    if let Some(name) = given(&OF_ITS_SCHEDULER) {
        return refuse(set, name, format!("`{name}` without `scheduler`: there is none that it is about"));
    }
    if let Some(name) = given(&OF_A_SCHEDULER).filter(|_| !set.contains_key("staged_schedulers")) {
        return refuse(
            set,
            name,
            format!("`{name}` without `scheduler` or `staged_schedulers`: there is none that it is about"),
        );
    }
    Ok(())
}
