//! Programs come out of what carries them as they went in: all of them, whole, whoever else is at it and whatever ended it before.

use ktstr_install::unpack::{note_start, unpacked};
use ktstr_install::{Carried, Program};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

static FIRST: [u8; 3_000_000] = [b'1'; 3_000_000];
static CARRIED: Carried = Carried {
    name: "1.0-digest",
    programs: &[
        Program { name: "first", bytes: &FIRST },
        Program { name: "second", bytes: b"#!/bin/sh\necho second\n" },
    ],
};

/// A directory of the test's own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ktstr-install-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn assert_whole(home: &Path) {
    for program in CARRIED.programs {
        let bytes = std::fs::read(home.join(program.name)).expect("it is there");
        assert!(bytes == program.bytes, "{} is not as it was carried", program.name);
    }
}

/// What a directory has, sorted.
fn names(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).expect("the root is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn whole_and_executable() {
    let folder = Folder::new("whole");
    let root = folder.0.join("not/there/yet");
    let home = unpacked(&root, &CARRIED).expect("they are unpacked");
    assert_eq!(home, root.join("1.0-digest"));
    assert_whole(&home);
    let said = Command::new(home.join("second")).output().expect("it runs");
    assert_eq!(said.stdout, b"second\n");
    assert_eq!(names(&root), [".lock", "1.0-digest"]);
}

#[test]
fn what_is_there_is_left_alone() {
    let folder = Folder::new("again");
    let home = unpacked(&folder.0, &CARRIED).expect("they are unpacked");
    let made = || std::fs::metadata(home.join("first")).and_then(|data| data.modified()).expect("its time");
    let before = made();
    unpacked(&folder.0, &CARRIED).expect("they are there");
    assert_eq!(made(), before);
}

#[test]
fn what_is_cut_off_or_missing_is_made_again() {
    let folder = Folder::new("damaged");
    let home = unpacked(&folder.0, &CARRIED).expect("they are unpacked");
    std::fs::write(home.join("first"), "cut off").expect("it can be damaged");
    unpacked(&folder.0, &CARRIED).expect("they are unpacked again");
    assert_whole(&home);
    std::fs::remove_file(home.join("second")).expect("it can be removed");
    unpacked(&folder.0, &CARRIED).expect("they are unpacked again");
    assert_whole(&home);
}

#[test]
fn drafts_and_installations_of_long_ago_go() {
    let folder = Folder::new("old");
    let [draft, old, recent] = [".draft-1", "0.8-old", "0.9-recent"].map(|name| folder.0.join(name));
    for path in [&draft, &old, &recent] {
        std::fs::create_dir(path).and_then(|()| std::fs::write(path.join("first"), "1")).expect("it is made");
    }
    let long_ago = SystemTime::now() - Duration::from_secs(31 * 24 * 60 * 60);
    for path in [&old, &recent] {
        std::fs::File::open(path).and_then(|open| open.set_modified(long_ago)).expect("its time is set");
    }
    note_start(&recent);
    unpacked(&folder.0, &CARRIED).expect("they are unpacked");
    assert_eq!(names(&folder.0), [".lock", "0.9-recent", "1.0-digest"]);
}

/// This program again, as another process that unpacks into `root`.
fn another(root: &Path) -> Command {
    let mut other = Command::new(std::env::current_exe().expect("this program has a path"));
    other.args(["--exact", "as_another_process", "--nocapture"]).env("UNPACK_INTO", root);
    other.stdout(Stdio::null());
    other
}

#[test]
fn as_another_process() {
    if let Some(root) = std::env::var_os("UNPACK_INTO") {
        assert_whole(&unpacked(Path::new(&root), &CARRIED).expect("they are unpacked"));
    }
}

#[test]
fn sixteen_first_starts_at_once() {
    let folder = Folder::new("at-once");
    let begun: Vec<_> = (0..16).map(|_| another(&folder.0).spawn().expect("it starts")).collect();
    for mut one in begun {
        assert!(one.wait().expect("it ends").success());
    }
    assert_eq!(names(&folder.0), [".lock", "1.0-digest"]);
    assert_whole(&folder.0.join("1.0-digest"));
}

/// At every millisecond of what one takes, and some beyond: the next one comes to the end.
#[test]
fn killed_at_any_moment() {
    let folder = Folder::new("killed");
    let mut killed = 0;
    for moment in 0..60 {
        let _ = std::fs::remove_dir_all(folder.0.join(CARRIED.name));
        let mut one = another(&folder.0).process_group(0).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(moment)); // the moment of the kill, not a wait for anything
        one.kill().expect("it is killed, or has ended");
        killed += usize::from(one.wait().expect("it ends").signal() == Some(9));
        assert_whole(&unpacked(&folder.0, &CARRIED).expect("they are unpacked"));
        assert_eq!(names(&folder.0), [".lock", "1.0-digest"]);
    }
    assert!(killed > 0, "none was alive to be killed");
}

/// File systems that a test mounts: as root, so in a machine of its own.
#[cfg(feature = "integration")]
mod mounted {
    use super::*;
    use std::io::ErrorKind;

    fn mount(words: &[&str], at: &Path) {
        let status = Command::new("mount").args(words).arg(at).status().expect("mount runs");
        assert!(status.success(), "mount {words:?}: {status}");
    }

    #[test]
    fn without_space_it_says_so_and_leaves_nothing() {
        let folder = Folder::new("full");
        mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], &folder.0);
        let problem = unpacked(&folder.0, &CARRIED).expect_err("there is no space");
        assert_eq!((problem.step, problem.why.kind()), ("write", ErrorKind::StorageFull));
        assert_eq!(names(&folder.0), [".lock"]);
        mount(&["-o", "remount,size=8m"], &folder.0);
        assert_whole(&unpacked(&folder.0, &CARRIED).expect("there is space now"));
    }

    #[test]
    fn what_is_there_needs_no_writing() {
        let folder = Folder::new("read-only");
        mount(&["-t", "tmpfs", "-o", "size=8m", "tmpfs"], &folder.0);
        let home = unpacked(&folder.0, &CARRIED).expect("they are unpacked");
        mount(&["-o", "remount,ro"], &folder.0);
        assert_whole(&unpacked(&folder.0, &CARRIED).expect("they are there"));
        note_start(&home);
        let other = Carried { name: "2.0-other", programs: CARRIED.programs };
        let problem = unpacked(&folder.0, &other).expect_err("it cannot be written");
        assert_eq!(problem.why.kind(), ErrorKind::ReadOnlyFilesystem);
    }
}
