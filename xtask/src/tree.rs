//! The files of the repository: what git tracks or would track.

use crate::shell::{output, run_with};
use crate::{paths, Outcome};

pub struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
}

/// Paths relative to the root, sorted.
pub fn files() -> Outcome<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let names = output(&mut run_with("git", &list))?;
    let mut files: Vec<String> =
        names.split('\0').filter(|name| !name.is_empty()).map(str::to_string).collect();
    files.retain(|name| paths::root().join(name).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

pub fn with_extension(files: &[String], extensions: &[&str]) -> Vec<String> {
    let wanted = |name: &&String| name.rsplit_once('.').is_some_and(|(_, end)| extensions.contains(&end));
    files.iter().filter(wanted).cloned().collect()
}

pub fn cpp(files: &[String]) -> Vec<String> {
    with_extension(files, &["cpp", "hpp"])
}

/// Their texts; what is not UTF-8 is left out.
pub fn read(files: &[String]) -> Vec<Source> {
    let text = |path: &String| std::fs::read_to_string(paths::root().join(path)).ok();
    files.iter().filter_map(|path| text(path).map(|text| Source { path: path.clone(), text })).collect()
}
