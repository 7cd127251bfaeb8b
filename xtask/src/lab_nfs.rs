//! An NFS server and its client, for `tests/lab/nfs.sh`. Installed they would start services on the machine: they are
//! unpacked into a folder, which the lab lays over its own root, in memory.

use crate::shell::{logged, output, run_with};
use crate::step::{Done, Steps};
use crate::{apt, paths, Outcome};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FETCH_LIMIT: Duration = Duration::from_secs(5 * 60);
const PACKAGE: &str = "nfs-kernel-server";

/// The files of those of the packages that are not installed here: 2.5 MB in all, if none of them is.
pub fn programs(steps: &mut Steps) -> Outcome<PathBuf> {
    let folder = paths::cache().join("lab").join(PACKAGE);
    steps.run("lab: an NFS server", || {
        if folder.exists() {
            return Ok(Done::Skipped(PACKAGE.to_string()));
        }
        fetch(&folder)?;
        Ok(Done::Did(PACKAGE.to_string()))
    })?;
    Ok(folder)
}

/// What `apt-get install` would fetch, unpacked into a folder that appears when it is whole.
fn fetch(folder: &Path) -> Outcome<()> {
    let fresh = folder.with_extension(format!("new-{}", std::process::id()));
    let io = |why: std::io::Error| format!("cannot write {}: {why}", fresh.display());
    std::fs::create_dir_all(fresh.join("partial")).map_err(io)?;
    let archives = format!("Dir::Cache::archives={}", fresh.display());
    // Nothing of the system is touched, so its locks are not needed.
    let options = ["-o".to_string(), archives, "-o".to_string(), "Debug::NoLocking=1".to_string()];
    let words = ["--download-only", "--no-install-recommends", PACKAGE];
    let unpack = "mkdir root; for deb in *.deb; do [ ! -e \"$deb\" ] || dpkg-deb -x \"$deb\" root; done";
    let fetched = logged(&mut apt::apt_get(&options, "install", &words), "lab-nfs-fetch", FETCH_LIMIT)
        .and_then(|finished| finished.require())
        .and_then(|_| output(run_with("sh", &["-e", "-c", unpack]).current_dir(&fresh)))
        .and_then(|_| std::fs::rename(fresh.join("root"), folder).map_err(io));
    // What was downloaded, or half of it: the error says why there is no more.
    let _ = std::fs::remove_dir_all(&fresh);
    fetched
}
