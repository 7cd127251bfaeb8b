//! `--ktstr-describe`: what this program's tests need, as JSON (docs/design/scheduler-tests.md, "Describe").

use crate::entry::{Declared, KtstrTestEntry};
use crate::scheduler::{Flag, Scheduler, SchedulerSpec};
use serde_json::{json, Map, Value};
use std::collections::BTreeMap;

/// Everything that this program declares.
pub(crate) fn describe(tests: &[&'static KtstrTestEntry], declared: &[Declared]) -> Value {
    let mut schedulers = Schedulers::default();
    for declared in declared {
        schedulers.id(*declared, None);
    }
    let tests: Vec<Value> = tests.iter().map(|entry| test(entry, &mut schedulers)).collect();
    json!({"ktstr": crate::VERSION, "tests": tests, "schedulers": schedulers.described})
}

/// Ids are Rust names, and two modules may use one name for two schedulers: the second becomes `NAME#2`.
#[derive(Default)]
struct Schedulers {
    known: BTreeMap<String, Scheduler>,
    described: Vec<Value>,
}

impl Schedulers {
    fn id(&mut self, declared: Declared, manifest_dir: Option<&'static str>) -> String {
        let mut scheduler = *declared.scheduler;
        scheduler.manifest_dir = scheduler.manifest_dir.or(manifest_dir);
        let id = (1..)
            .map(
                |number| {
                    if number == 1 {
                        declared.id.to_string()
                    } else {
                        format!("{}#{number}", declared.id)
                    }
                },
            )
            .find(|id| self.known.get(id).is_none_or(|known| *known == scheduler));
        let id = id.unwrap_or_default(); // an endless sequence finds one
        if self.known.insert(id.clone(), scheduler).is_none() {
            self.described.push(describe_scheduler(&id, &scheduler));
        }
        id
    }
}

/// Leaves out what is null: absent means "not set" in the contract.
fn object(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn test(entry: &KtstrTestEntry, schedulers: &mut Schedulers) -> Value {
    let mut id = |declared: Declared| schedulers.id(declared, Some(entry.manifest_dir));
    let staged: Vec<String> = entry.staged_schedulers.iter().map(|declared| id(*declared)).collect();
    object(json!({
        "name": entry.libtest_name(),
        "scheduler": entry.scheduler.filter(|declared| declared.scheduler.binary != SchedulerSpec::Eevdf).map(id),
        "topology": entry.topology,
        "memory_mib": entry.memory_mib,
        "duration_ms": entry.duration_s * 1000,
        "watchdog_timeout_ms": (entry.watchdog_timeout_s > 0).then_some(entry.watchdog_timeout_s * 1000),
        "fresh_attach": entry.fresh_attach,
        "host_only": entry.host_only,
        "performance_mode": entry.performance_mode,
        "no_perf_mode": entry.no_perf_mode,
        "deterministic": entry.deterministic,
        "ignore": entry.ignore,
        "expect_err": entry.expect_err,
        "allow_inconclusive": entry.allow_inconclusive,
        "expect_scx_bpf_error_contains": entry.expect_scx_bpf_error_contains,
        "expect_scx_bpf_error_matches": entry.expect_scx_bpf_error_matches,
        "post_vm": entry.has_post_vm(),
        "post_vm_unconditional": entry.post_vm_unconditional.is_some(),
        "extra_sched_args": entry.extra_sched_args,
        "required_flags": entry.required_flags,
        "excluded_flags": entry.excluded_flags,
        "extra_include_files": entry.extra_include_files,
        "staged_schedulers": staged,
        "config": entry.config,
        "workload_root_cgroup": entry.workload_root_cgroup,
        "cleanup_budget_ms": entry.cleanup_budget_ms,
        "constraints": entry.constraints,
        "assert": entry.thresholds(),
        "manifest_dir": entry.manifest_dir,
    }))
}

fn describe_scheduler(id: &str, scheduler: &Scheduler) -> Value {
    let binary = match scheduler.binary {
        SchedulerSpec::Eevdf => json!("eevdf"),
        SchedulerSpec::Discover(name) => json!({"discover": name}),
        SchedulerSpec::Path(path) => json!({"path": path}),
        SchedulerSpec::KernelBuiltin { enable, disable } => {
            json!({"builtin": {"enable": enable, "disable": disable}})
        }
    };
    let sysctls: Map<String, Value> =
        scheduler.sysctls.iter().map(|sysctl| (sysctl.key.to_string(), json!(sysctl.value))).collect();
    object(json!({
        "id": id,
        "name": scheduler.name,
        "binary": binary,
        "args": scheduler.sched_args,
        "topology": scheduler.topology,
        "kargs": scheduler.kargs,
        "sysctls": sysctls,
        "kernels": scheduler.kernels,
        "flags": scheduler.flags.iter().map(flag).collect::<Vec<Value>>(),
        "cgroup_parent": scheduler.cgroup_parent,
        "config_file": scheduler.config_file,
        "config_file_def":
            scheduler.config_file_def.map(|(argument, path)| json!({"argument": argument, "path": path})),
        "manifest_dir": scheduler.manifest_dir,
        "constraints": scheduler.constraints,
        "assert": scheduler.assert,
    }))
}

fn flag(flag: &Flag) -> Value {
    json!({"name": flag.name, "args": flag.args, "needs": flag.needs})
}

#[cfg(test)]
#[path = "describe_test.rs"]
mod tests;
