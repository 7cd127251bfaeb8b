//! Which Debian packages a build that failed may lack.

use std::process::Command;

#[path = "../../src/packages.rs"]
#[allow(dead_code, reason = "what is for running and checking is xtask's business")]
mod packages;

use packages::{Scope, PACKAGES};

/// The command that installs what is missing, or why that is not known.
pub fn hint() -> String {
    let wanted: Vec<&str> =
        PACKAGES.iter().filter(|one| one.scope == Scope::Build).map(|one| one.name).collect();
    let query = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Abbrev}\n"])
        .args(&wanted)
        .output();
    match query {
        // Its exit code is 1 when any is missing: only the lines count.
        Ok(said) => of_debian(&wanted, &String::from_utf8_lossy(&said.stdout)),
        Err(_) => format!("this system has no dpkg; Debian's names of what is needed: {}", wanted.join(" ")),
    }
}

fn of_debian(wanted: &[&str], listed: &str) -> String {
    let has = |name: &str| {
        listed.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" ii")))
    };
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return "dpkg has all packages that this needs, so it is something else: see the lines above".into();
    }
    format!("packages are missing: apt-get install {}", missing.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{of_debian, packages, Scope};

    #[test]
    fn what_is_not_installed_is_named() {
        let listed = "cmake ii \nlibfmt-dev rc \n";
        assert_eq!(
            of_debian(&["cmake", "libfmt-dev", "libgit2-dev"], listed),
            "packages are missing: apt-get install libfmt-dev libgit2-dev"
        );
        assert!(of_debian(&["cmake"], listed).contains("something else"));
    }

    #[test]
    fn a_name_that_begins_as_another_is_not_it() {
        assert!(of_debian(&["g++"], "g++-12 ii \n").contains("install g++"));
    }

    #[test]
    fn the_list_has_what_cmake_looks_for() {
        let names: Vec<&str> =
            packages::PACKAGES.iter().filter(|one| one.scope == Scope::Build).map(|one| one.name).collect();
        for wanted in ["cmake", "ninja-build", "g++", "libseccomp-dev"] {
            assert!(names.contains(&wanted), "{wanted}");
        }
    }
}
