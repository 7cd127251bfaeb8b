//! The packages of an NFS server and its client, for `tests/lab/nfs.sh`. Installed they would start services on the
//! machine; the lab unpacks them over its own root, which is in memory.

use crate::shell::logged;
use crate::step::{Done, Steps};
use crate::{apt, paths, Outcome};
use std::path::{Path, PathBuf};
use std::time::Duration;

const FETCH_LIMIT: Duration = Duration::from_secs(5 * 60);
const PACKAGE: &str = "nfs-kernel-server";

/// A folder of the packages that are not installed here: 0.6 MB in all, if none of them is.
pub fn packages(steps: &mut Steps) -> Outcome<PathBuf> {
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

/// What `apt-get install` would, into a folder that appears when it is whole.
fn fetch(folder: &Path) -> Outcome<()> {
    let fresh = folder.with_extension(format!("new-{}", std::process::id()));
    let io = |why: std::io::Error| format!("cannot write {}: {why}", fresh.display());
    std::fs::create_dir_all(fresh.join("partial")).map_err(io)?;
    let archives = format!("Dir::Cache::archives={}", fresh.display());
    // Nothing of the system is touched, so its locks are not needed.
    let options = ["-o".to_string(), archives, "-o".to_string(), "Debug::NoLocking=1".to_string()];
    let words = ["--download-only", "--no-install-recommends", PACKAGE];
    let fetched = logged(&mut apt::apt_get(&options, "install", &words), "lab-nfs-fetch", FETCH_LIMIT)
        .and_then(|finished| finished.require())
        .and_then(|_| std::fs::rename(&fresh, folder).map_err(io));
    if fetched.is_err() {
        // Half of it is of no use; the error says why there is none.
        let _ = std::fs::remove_dir_all(&fresh);
    }
    fetched
}
