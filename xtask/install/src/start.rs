//! A program that `cargo install` put in place becomes the one that it carries.

use crate::unpack::{self, Problem};
use crate::{Carried, Failure};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// `harness` of ktstr-runner/base/exit_code.hpp: the host lacks something.
const FAILED: u8 = 3;
/// The program behind both names.
const MAIN: &str = "cargo-ktstr";

/// Does not return unless something is wrong: then stderr has it.
pub fn run(carried: &Carried, name: &str) -> ExitCode {
    let failure = match home(carried) {
        Ok(home) => {
            let program = home.join(MAIN);
            let why = Command::new(&program).arg0(name).args(std::env::args_os().skip(1)).exec();
            Failure {
                what: format!("cannot start {}", program.display()),
                why: why.to_string(),
                hint: format!("XDG_CACHE_HOME names another place for it; `{name}` unpacks it there"),
            }
        }
        Err(failure) => failure,
    };
    eprint!("{failure}");
    ExitCode::from(FAILED)
}

fn home(carried: &Carried) -> Result<PathBuf, Failure> {
    let root = root(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))?;
    let home = unpack::unpacked(&root, carried).map_err(|problem| explain(carried, &root, &problem))?;
    unpack::note_start(&home);
    Ok(home)
}

/// ktstr's part of the user's cache.
fn root(xdg: Option<OsString>, home: Option<OsString>) -> Result<PathBuf, Failure> {
    let given = |value: Option<OsString>| value.filter(|value| !value.is_empty()).map(PathBuf::from);
    let absolute = |path: &PathBuf| path.is_absolute(); // another one is to be ignored (XDG base directories)
    let of_home = || given(home).filter(absolute).map(|home| home.join(".cache"));
    let base = given(xdg).filter(absolute).or_else(of_home).ok_or_else(|| Failure {
        what: "there is no place to unpack the programs of ktstr to".into(),
        why: "neither XDG_CACHE_HOME nor HOME is an absolute path".into(),
        hint: "set HOME, or XDG_CACHE_HOME to a directory that keeps".into(),
    })?;
    Ok(base.join("ktstr/programs"))
}

fn explain(carried: &Carried, root: &std::path::Path, problem: &Problem) -> Failure {
    let bytes: usize = carried.programs.iter().map(|program| program.bytes.len()).sum();
    let hint = if problem.why.kind() == ErrorKind::StorageFull {
        format!(
            "they need {} MiB there, once; or set XDG_CACHE_HOME to a directory with room",
            bytes.div_ceil(1 << 20)
        )
    } else {
        "set XDG_CACHE_HOME to a directory that can be written".into()
    };
    Failure {
        what: format!("cannot unpack the programs of ktstr into {}", root.display()),
        why: format!("{} {}: {}", problem.step, problem.path.display(), problem.why),
        hint,
    }
}

#[cfg(test)]
mod tests {
    use super::root;
    use std::ffi::OsString;
    use std::path::Path;

    fn of(xdg: &str, home: &str) -> Option<std::path::PathBuf> {
        root(Some(OsString::from(xdg)), Some(OsString::from(home))).ok()
    }

    #[test]
    fn the_cache_is_where_the_other_programs_have_it() {
        assert_eq!(of("/cache", "/home/a").as_deref(), Some(Path::new("/cache/ktstr/programs")));
        assert_eq!(of("", "/home/a").as_deref(), Some(Path::new("/home/a/.cache/ktstr/programs")));
    }

    #[test]
    fn a_place_that_depends_on_the_current_directory_is_none() {
        assert_eq!(of("cache", "/home/a"), of("", "/home/a"));
        assert_eq!(of("cache", "home"), None);
        assert_eq!(of("", ""), None);
        assert!(root(None, None).is_err_and(|failure| failure.hint.contains("HOME")));
    }
}
