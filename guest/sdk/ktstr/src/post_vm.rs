//! `--ktstr-post-vm NAME FILE`: a test's callbacks on the host.

use crate::entry::KtstrTestEntry;
use crate::registry;
use crate::vm_result::VmResult;
use anyhow::Context;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;

/// Exit code: 0, or 1 with the error on stderr.
pub(crate) fn run(name: &str, file: &Path) -> i32 {
    let outcome = catch_unwind(|| run_named(name, file));
    match outcome {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            1
        }
        Err(_) => 1, // the panic's message is on stderr already
    }
}

fn run_named(name: &str, file: &Path) -> anyhow::Result<()> {
    let entry = registry::tests()
        .into_iter()
        .find(|entry| entry.libtest_name() == name)
        .with_context(|| format!("there is no test `{name}` in this program"))?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut result: VmResult =
        serde_json::from_str(&text).with_context(|| format!("{} is no result", file.display()))?;
    result.count_snapshots(entry.num_snapshots);
    call(entry, &result)
}

/// The unconditional callback first; the other only after a success. Both are called even if the first fails.
pub(crate) fn call(entry: &KtstrTestEntry, result: &VmResult) -> anyhow::Result<()> {
    let always = entry.post_vm_unconditional.map_or(Ok(()), |callback| guarded(callback, result));
    let then = match entry.post_vm {
        _ if !result.success => Ok(()),
        Some(callback) => guarded(callback, result),
        None => snapshots_taken(entry, result),
    };
    match (always, then) {
        (Err(first), Err(second)) => Err(anyhow::anyhow!("{first:#}\n{second:#}")),
        (first, second) => first.and(second),
    }
}

/// A panic in one callback must not keep the other from its call.
fn guarded(callback: crate::entry::PostVm, result: &VmResult) -> anyhow::Result<()> {
    catch_unwind(AssertUnwindSafe(|| callback(result)))
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the callback panicked")))
}

/// A test that asks for snapshots and does not look at them asks that there are some.
fn snapshots_taken(entry: &KtstrTestEntry, result: &VmResult) -> anyhow::Result<()> {
    anyhow::ensure!(
        entry.num_snapshots == 0 || result.periodic_fired > 0,
        "none of {} snapshots was taken",
        entry.num_snapshots
    );
    Ok(())
}

#[cfg(test)]
#[path = "post_vm_test.rs"]
mod tests;
