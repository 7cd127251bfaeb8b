//! Puts carried programs into a directory: all of them, whole, once.

use crate::lock::Lock;
use crate::{Carried, Program};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a kill leaves. Only the holder of the lock makes one, so that its next holder may remove it.
const DRAFT: &str = ".draft-";
const LOCK: &str = ".lock";
/// Another installation's programs go when nobody has started them for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What could not be done to which path.
#[derive(Debug)]
pub struct Problem {
    pub step: &'static str,
    pub path: PathBuf,
    pub why: Error,
}

trait At<T> {
    fn at(self, step: &'static str, path: &Path) -> Result<T, Problem>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, step: &'static str, path: &Path) -> Result<T, Problem> {
        self.map_err(|why| Problem { step, path: path.into(), why })
    }
}

/// The directory below `root` that has the programs; they are unpacked where they are not.
pub fn unpacked(root: &Path, carried: &Carried) -> Result<PathBuf, Problem> {
    let home = root.join(carried.name);
    if is_whole(&home, carried.programs) {
        return Ok(home);
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o755).create(root).at("make", root)?;
    let lock = root.join(LOCK);
    let _alone = Lock::of(&lock).at("lock", &lock)?;
    if is_whole(&home, carried.programs) {
        return Ok(home); // another process has done it meanwhile
    }
    clear(root, &home)?;
    let draft = root.join(format!("{DRAFT}{}", std::process::id()));
    let placed = write_all(&draft, carried.programs).and_then(|()| replace(&draft, &home));
    if placed.is_err() {
        // What is left of it is of no use; the error that follows says why.
        let _ = std::fs::remove_dir_all(&draft);
    }
    placed.map(|()| home)
}

/// Whether each is there with all its bytes, by its size: it was synced before it had its name.
fn is_whole(home: &Path, programs: &[Program]) -> bool {
    let is_there = |program: &Program| {
        std::fs::metadata(home.join(program.name)).is_ok_and(|data| {
            data.is_file()
                && data.len() == program.bytes.len() as u64
                && data.permissions().mode() & 0o100 != 0
        })
    };
    programs.iter().all(is_there)
}

fn write_all(draft: &Path, programs: &[Program]) -> Result<(), Problem> {
    std::fs::DirBuilder::new().mode(0o755).create(draft).at("make", draft)?;
    for program in programs {
        let path = draft.join(program.name);
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path).at("make", &path)?;
        file.write_all(program.bytes).and_then(|()| file.sync_all()).at("write", &path)?;
    }
    sync(draft)
}

/// `home` may be there, damaged: then it goes first. Whoever runs what was in it goes on.
fn replace(draft: &Path, home: &Path) -> Result<(), Problem> {
    match std::fs::remove_dir_all(home) {
        Err(why) if why.kind() != ErrorKind::NotFound => return Err(why).at("remove", home),
        _ => {}
    }
    std::fs::rename(draft, home).at("rename to", home)?;
    sync(home.parent().expect("it is below the root"))
}

fn sync(directory: &Path) -> Result<(), Problem> {
    File::open(directory).and_then(|open| open.sync_all()).at("sync", directory)
}

/// Removes drafts of processes that were killed, and what belongs to installations of long ago.
fn clear(root: &Path, home: &Path) -> Result<(), Problem> {
    for entry in std::fs::read_dir(root).at("read", root)?.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_of_old = !name.starts_with('.') && path != home && was_started_long_ago(&path);
        if name.starts_with(DRAFT) || is_of_old {
            // One that cannot be removed is in nobody's way: the programs have another name.
            let _ = std::fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

fn was_started_long_ago(home: &Path) -> bool {
    let last = std::fs::metadata(home).and_then(|data| data.modified());
    last.is_ok_and(|last| last.elapsed().is_ok_and(|age| age > KEPT))
}

/// Notes a start, for `clear` of a later installation. That it cannot be noted (another user's directory) stops nobody.
pub fn note_start(home: &Path) {
    let _ = File::open(home).and_then(|open| open.set_modified(SystemTime::now()));
}
