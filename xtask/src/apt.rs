//! apt, and the release's backports through it without touching the system's sources.

use crate::shell::{output, run_with};
use crate::{paths, Outcome};
use std::process::Command;

/// Which of `names` dpkg knows as installed.
pub fn installed(names: &[&str]) -> Outcome<Vec<String>> {
    let mut query = run_with("dpkg-query", &["-W", "-f", "${Package} ${db:Status-Abbrev} ${Version}\n"]);
    // Its exit code is 1 when any is missing: only the lines count.
    let result = query.args(names).output().map_err(|why| {
        format!("cannot run dpkg-query: {why}\n  hint: set-up knows Debian and its relatives; elsewhere install what xtask/src/packages.rs lists")
    })?;
    let lines = String::from_utf8_lossy(&result.stdout).into_owned();
    Ok(lines.lines().filter(|line| line.contains(" ii ")).map(str::to_string).collect())
}

/// The major number of the version that apt would install from the system's own sources.
pub fn candidate_major(name: &str) -> Option<u32> {
    let policy = output(&mut run_with("apt-cache", &["policy", name])).ok()?;
    let candidate = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    major(candidate)
}

/// Whether apt could install these from the system's own sources.
pub fn installable(names: &[&str]) -> bool {
    let mut simulation = apt_get(&[], "install", &["--simulate", "--no-install-recommends"]);
    names.is_empty() || output(simulation.args(names)).is_ok()
}

/// 10 of "1:10.0.2+ds-2".
pub fn major(version: &str) -> Option<u32> {
    let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
    upstream.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

pub fn apt_get(options: &[String], verb: &str, rest: &[&str]) -> Command {
    let mut command = crate::shell::command("apt-get");
    command.args(options).args(["-q", "-y", verb]).args(rest);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// A private list of sources: the release, its updates and its backports, on the mirror that apt is configured with.
pub struct Backports {
    pub suite: String,
    pub options: Vec<String>,
}

pub fn backports() -> Outcome<Backports> {
    let release = codename()?;
    let mirror = mirror(&release)?;
    let folder = paths::cache().join("apt");
    let list = folder.join("sources.list");
    let suites = [release.clone(), format!("{release}-updates"), format!("{release}-backports")];
    let lines: String = suites.iter().map(|suite| format!("deb {mirror} {suite} main\n")).collect();
    std::fs::create_dir_all(folder.join("lists/partial"))
        .and_then(|()| std::fs::write(&list, lines))
        .map_err(|why| format!("cannot write {}: {why}", list.display()))?;
    let options = [
        format!("Dir::Etc::SourceList={}", list.display()),
        "Dir::Etc::SourceParts=/dev/null".to_string(),
        format!("Dir::State::Lists={}", folder.join("lists").display()),
        // apt's own caches describe the system's lists: leave them alone.
        "Dir::Cache::pkgcache=".to_string(),
        "Dir::Cache::srcpkgcache=".to_string(),
    ];
    let options = options.into_iter().flat_map(|option| ["-o".to_string(), option]).collect();
    Ok(Backports { suite: format!("{release}-backports"), options })
}

fn codename() -> Outcome<String> {
    let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    line.map(|name| name.trim_matches('"').to_string())
        .ok_or_else(|| "/etc/os-release names no release (VERSION_CODENAME)".to_string())
}

/// Where apt gets `release` from, as its own configuration says, with the key it is checked by.
fn mirror(release: &str) -> Outcome<String> {
    let format = "$(RELEASE) $(REPO_URI) $(SIGNED_BY)";
    let targets =
        output(&mut run_with("apt-get", &["indextargets", "--format", format, "Created-By: Packages"]))?;
    let found = targets.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(release)).then(|| (words.next(), words.next()))
    });
    let Some((Some(uri), key)) = found else {
        return Err(format!(
            "apt is configured with no source for `{release}`\n  hint: see /etc/apt/sources.list.d"
        ));
    };
    // apt leaves an empty field's name as it stands.
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let key = key.filter(|key| key.starts_with('/')).unwrap_or(keyring);
    if std::path::Path::new(key).exists() {
        return Ok(format!("[signed-by={key}] {uri}"));
    }
    Ok(uri.to_string())
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn major_number_of_debian_versions() {
        assert_eq!(major("1:10.0.2+ds-2+deb13u1~bpo12+1"), Some(10));
        assert_eq!(major("6.12.95-1"), Some(6));
        assert_eq!(major("(none)"), None);
    }
}
