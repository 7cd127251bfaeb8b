//! Kernels for the demo (any with sched_ext), for bench (any) and for CI (the lean one, built from the distribution's source, and the distribution's own).

use crate::shell::{logged, output, run_with};
use crate::step::{Done, Steps};
use crate::{paths, text, Outcome};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const FETCH_LIMIT: Duration = Duration::from_secs(10 * 60);
const UNPACK_LIMIT: Duration = Duration::from_secs(5 * 60);
const BUILD_LIMIT: Duration = Duration::from_secs(25 * 60);
const SOURCE: &str = "/usr/src/linux-source-6.12.tar.xz";

/// The newest usable kernel of the store, else the distribution's.
pub fn any(steps: &mut Steps) -> Outcome<()> {
    steps.run("kernel: the newest of the store", || {
        if let Some(path) = newest() {
            return Ok(Done::Skipped(path));
        }
        fetch_distro()
    })
}

/// What tests boot when they are of a scheduler: nothing is fetched when the store's own may do.
pub fn with_sched_ext(steps: &mut Steps) -> Outcome<()> {
    steps.run("kernel: one with sched_ext", || {
        let list = || output(ktstr().args(["kernel", "list", "--json"]));
        if let Some(path) = newest() {
            if !lacks_sched_ext(&list()?, &path) {
                return Ok(Done::Skipped(path));
            }
        }
        let done = fetch_distro()?;
        // The store prefers one with sched_ext: this is none only when there is none, or $KTSTR_KERNEL names it.
        match newest() {
            Some(path) if lacks_sched_ext(&list()?, &path) => Err(format!(
                "the kernel that tests would boot has no sched_ext: {path}\n  hint: `cargo ktstr kernel build 6.12` makes one that has it; $KTSTR_KERNEL goes before all"
            )),
            _ => Ok(done),
        }
    })
}

/// Whether the entry of `image` is known to have no sched_ext, by `kernel list --json`: an object without another in it for
/// each entry. What came without configuration is not known (null), and what is not of the store is not listed.
fn lacks_sched_ext(list: &str, image: &str) -> bool {
    let bare = |text: &str| text.replace(char::is_whitespace, "");
    let its_image = format!("\"image\":\"{}\"", bare(image));
    list.split('{').map(bare).any(|entry| entry.contains(&its_image) && entry.contains("\"sched_ext\":false"))
}

/// What the test suites run on: both kinds, so that what works on one only is seen.
pub fn for_tests(steps: &mut Steps) -> Outcome<()> {
    steps.run("kernel: the distribution's", || {
        let list = output(ktstr().args(["kernel", "list", "--json"]))?;
        if list.replace(' ', "").contains("\"source\":\"deb\"") {
            return Ok(Done::Skipped("in the store".to_string()));
        }
        fetch_distro()
    })?;
    lean(steps)
}

fn ktstr() -> Command {
    run_with(paths::program("cargo-ktstr"), &["ktstr"])
}

/// The image that tests boot unless they ask for another.
pub fn newest() -> Option<String> {
    let path = output(ktstr().args(["kernel", "path"])).ok()?;
    Some(path.trim().to_string()).filter(|path| !path.is_empty())
}

/// The image of the distribution's kernel, which must be in the store.
pub fn distro() -> Outcome<String> {
    let list = output(ktstr().args(["kernel", "list"]))?;
    // A distribution's flavour ends its version: 6.12.9-amd64, 7.3.4+deb13-cloud-amd64.
    let ours =
        |line: &&str| line.split_whitespace().nth(1).is_some_and(|version| version.ends_with("-amd64"));
    let key = list.lines().find(ours).and_then(|line| line.split_whitespace().next());
    let key = key.ok_or_else(|| format!("the store has no kernel of the distribution\n{list}"))?;
    Ok(output(ktstr().args(["kernel", "path", key]))?.trim().to_string())
}

fn fetch_distro() -> Outcome<Done> {
    logged(ktstr().args(["kernel", "fetch-distro"]), "kernel-fetch", FETCH_LIMIT)?.require()?;
    Ok(Done::Did(newest().ok_or("the kernel was fetched, but the store shows none")?))
}

fn lean(steps: &mut Steps) -> Outcome<()> {
    let stamp = lean_stamp()?;
    let built = std::fs::read_to_string(&stamp).ok().filter(|path| Path::new(path).exists());
    if let Some(path) = built {
        return steps.run("kernel: lean 6.12", || Ok(Done::Skipped(path)));
    }
    let tree = paths::cache().join("sources/linux-source-6.12");
    steps.run("kernel: unpack the source", || unpack(&tree))?;
    steps.run("kernel: build lean 6.12", || {
        let mut build = ktstr();
        build.args(["kernel", "build", "--source"]).arg(&tree);
        let told = logged(&mut build, "kernel-build", BUILD_LIMIT)?.require()?.text();
        // Its key is the last word that the build says; another kernel may be newer in the store.
        let key = told.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let path = output(ktstr().args(["kernel", "path", key]))?.trim().to_string();
        std::fs::write(&stamp, &path).map_err(|why| format!("cannot write {}: {why}", stamp.display()))?;
        Ok(Done::Did(path))
    })
}

/// The image of the lean kernel, once `for_tests` has made it.
pub fn lean_image() -> Outcome<String> {
    let stamp = lean_stamp()?;
    std::fs::read_to_string(&stamp).ok().filter(|path| Path::new(path).exists()).ok_or_else(|| {
        "the store has no lean kernel of this recipe\n  hint: cargo xtask test boot makes it".to_string()
    })
}

/// A file whose name stands for the source and the recipe; it holds the path of the image that came of them.
fn lean_stamp() -> Outcome<PathBuf> {
    let mut parts = vec![output(&mut run_with("dpkg-query", &["-W", "linux-source-6.12"]))?.into_bytes()];
    let mut fragments: Vec<PathBuf> = std::fs::read_dir(paths::root().join("kconfig"))
        .map_err(|why| format!("cannot read kconfig: {why}"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    fragments.sort();
    for path in fragments {
        parts.push(std::fs::read(&path).map_err(|why| format!("cannot read {}: {why}", path.display()))?);
    }
    let name = text::fingerprint(parts.iter().map(Vec::as_slice));
    Ok(paths::cache().join("sources").join(format!("lean-{name}")))
}

fn unpack(tree: &Path) -> Outcome<Done> {
    if tree.join("Makefile").exists() {
        return Ok(Done::Skipped(tree.display().to_string()));
    }
    let parent = tree.parent().expect("it has one");
    let fresh = parent.join(format!("unpacking-{}", std::process::id()));
    let io = |why: std::io::Error| format!("cannot unpack into {}: {why}", parent.display());
    std::fs::create_dir_all(&fresh).map_err(io)?;
    let mut tar = run_with("tar", &["--extract", "--file", SOURCE, "--strip-components=1", "--directory"]);
    let unpacked = logged(tar.arg(&fresh), "kernel-unpack", UNPACK_LIMIT)?.require();
    let placed = unpacked.and_then(|_| std::fs::rename(&fresh, tree).map_err(io));
    if placed.is_err() {
        // Half a tree is of no use; the error that follows says why there is none.
        let _ = std::fs::remove_dir_all(&fresh);
    }
    placed.map(|()| Done::Did(tree.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"{
  "schema": 1,
  "kernels": [
    {
      "key": "6.1.9-cloud-amd64-x86_64-1",
      "sched_ext": false,
      "image": "/the store/6.1.9-cloud-amd64-x86_64-1/image",
      "config": null
    },
    {
      "key": "7.0.13-x86_64-2",
      "sched_ext": null,
      "image": "/the store/7.0.13-x86_64-2/image"
    },
    {
      "key": "6.12.9-ktstr-x86_64-3",
      "sched_ext": true,
      "image": "/the store/6.12.9-ktstr-x86_64-3/image"
    }
  ],
  "damaged": []
}
"#;

    #[test]
    fn a_kernel_without_sched_ext_is_told_from_the_others() {
        assert!(lacks_sched_ext(LIST, "/the store/6.1.9-cloud-amd64-x86_64-1/image"));
        assert!(!lacks_sched_ext(LIST, "/the store/7.0.13-x86_64-2/image"));
        assert!(!lacks_sched_ext(LIST, "/the store/6.12.9-ktstr-x86_64-3/image"));
    }

    #[test]
    fn of_what_is_not_in_the_list_nothing_is_known() {
        assert!(!lacks_sched_ext(LIST, "/boot/vmlinuz-6.1.9"));
        assert!(!lacks_sched_ext("", "/the store/6.1.9-cloud-amd64-x86_64-1/image"));
    }
}
