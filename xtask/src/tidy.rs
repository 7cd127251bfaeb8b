//! clang-tidy over the C++ code; a file whose text, headers and flags are unchanged since it was clean is not read again.

use crate::shell::{output, run_with};
use crate::{arrows, paths, text, tree, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;

pub struct Report {
    pub checked: usize,
    pub unchanged: usize,
    /// One entry per file with findings: what clang-tidy printed.
    pub findings: Vec<String>,
}

/// By the compile commands of build/dev (those of release name headers that g++ precompiled). Unit tests are left to the compiler's warnings: the
/// macros of gtest are most of what clang-tidy would find there.
pub fn check(files: &[String]) -> Outcome<Report> {
    let texts: BTreeMap<String, String> =
        tree::read(&tree::cpp(files)).into_iter().map(|source| (source.path, source.text)).collect();
    // A database that is older than the CMakeLists would leave new files out, without a word.
    output(&mut run_with("cmake", &["--preset", "dev"]))?;
    let database = paths::build().join("dev/compile_commands.json");
    let commands = std::fs::read_to_string(&database)
        .map_err(|why| format!("cannot read {}: {why}", database.display()))?;
    let config = std::fs::read_to_string(paths::root().join(".clang-tidy"))
        .map_err(|why| format!(".clang-tidy: {why}"))?;
    let version = output(&mut run_with("clang-tidy-19", &["--version"]))?;
    let stamps = paths::build().join("tidy");
    std::fs::create_dir_all(&stamps).map_err(|why| format!("cannot make {}: {why}", stamps.display()))?;

    let mut queue: Vec<(String, PathBuf)> = Vec::new();
    let mut unchanged = 0;
    for path in texts.keys().filter(|path| path.ends_with(".cpp") && !path.ends_with("_test.cpp")) {
        let Some(flags) = flags_of(&commands, path) else { continue };
        let mut parts: Vec<&[u8]> = vec![version.as_bytes(), config.as_bytes(), flags.as_bytes()];
        for name in closure(path, &texts) {
            parts.push(name.as_bytes());
            parts.push(texts[name].as_bytes());
        }
        let stamp = stamps.join(text::fingerprint(parts));
        if stamp.exists() {
            unchanged += 1;
        } else {
            queue.push((path.clone(), stamp));
        }
    }
    let checked = queue.len();
    Ok(Report { checked, unchanged, findings: run_all(queue)? })
}

fn run_all(queue: Vec<(String, PathBuf)>) -> Outcome<Vec<String>> {
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get());
    let total = queue.len();
    let queue = Mutex::new(queue);
    let findings = Mutex::new(Vec::new());
    let trouble = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| loop {
                let (path, stamp) = match queue.lock().expect("no thread panics with it").pop() {
                    Some(next) => next,
                    None => break,
                };
                match run_one(&path, &stamp) {
                    Ok(None) => {}
                    Ok(Some(found)) => findings.lock().expect("as above").push(found),
                    Err(why) => *trouble.lock().expect("as above") = Some(why),
                }
                let left = queue.lock().expect("as above").len();
                if left % 10 == 0 {
                    eprintln!("  {} of {total} files", total - left);
                }
            });
        }
    });
    if let Some(why) = trouble.into_inner().expect("threads are gone") {
        return Err(why);
    }
    let mut findings = findings.into_inner().expect("threads are gone");
    findings.sort();
    Ok(findings)
}

/// What clang-tidy says about one file; a clean one gets its stamp.
fn run_one(path: &str, stamp: &PathBuf) -> Outcome<Option<String>> {
    // The compile commands are g++'s: clang does not know all of its warnings.
    let options =
        ["--quiet", "--warnings-as-errors=*", "-p", "build/dev", "--extra-arg=-Wno-unknown-warning-option"];
    let mut command = run_with("timeout", &["180", "clang-tidy-19"]);
    let result =
        command.args(options).arg(path).output().map_err(|why| format!("cannot run clang-tidy-19: {why}"))?;
    if result.status.success() {
        std::fs::write(stamp, path).map_err(|why| format!("cannot write {}: {why}", stamp.display()))?;
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&result.stdout).into_owned();
    let said =
        if said.trim().is_empty() { String::from_utf8_lossy(&result.stderr).into_owned() } else { said };
    let root = format!("{}/", paths::root().display());
    Ok(Some(said.replace(&root, "")))
}

/// The file and all headers of the repository that it includes, directly or not.
fn closure<'a>(path: &str, texts: &'a BTreeMap<String, String>) -> BTreeSet<&'a String> {
    let mut seen = BTreeSet::new();
    let mut todo: Vec<&String> = texts.get_key_value(path).map(|(name, _)| name).into_iter().collect();
    while let Some(name) = todo.pop() {
        if seen.insert(name) {
            let headers = arrows::includes(&texts[name]).into_iter();
            todo.extend(headers.filter_map(|(_, header)| texts.get_key_value(&header).map(|(name, _)| name)));
        }
    }
    seen
}

/// The command of `path` in compile_commands.json, as text without the repository's own path.
fn flags_of(commands: &str, path: &str) -> Option<String> {
    let file = format!("\"file\": \"{}\"", paths::root().join(path).display());
    let entry = commands.split("},").find(|entry| entry.contains(&file))?;
    let line = entry.lines().find(|line| line.trim_start().starts_with("\"command\""))?;
    Some(line.replace(&paths::root().display().to_string(), ""))
}
