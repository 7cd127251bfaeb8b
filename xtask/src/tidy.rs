//! clang-tidy over the C++ code; what is unchanged, with its headers and flags, since it was clean is not read again.

use crate::shell::{output, run_with};
use crate::{arrows, paths, text, tree, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;

pub struct Report {
    /// Files of the repository, not units of the compiler.
    pub checked: usize,
    pub unchanged: usize,
    /// One entry per unit with findings: what clang-tidy printed.
    pub findings: Vec<String>,
}

/// What the compiler reads at once: one file, or the files of a folder that preset `tidy` includes into one. The headers
/// are most of the work, so a folder at once costs a fifth of its files one by one.
struct Unit {
    /// As compile_commands.json says it.
    file: String,
    /// Of the repository, relative to its root.
    sources: Vec<String>,
    stamp: PathBuf,
}

/// Unit tests are left to the compiler's warnings: the macros of gtest are most of what clang-tidy would find there.
pub fn check(files: &[String]) -> Outcome<Report> {
    let texts: BTreeMap<String, String> =
        tree::read(&tree::cpp(files)).into_iter().map(|source| (source.path, source.text)).collect();
    // A database that is older than the CMakeLists would leave new files out, without a word.
    output(&mut run_with("cmake", &["--preset", "tidy"]))?;
    let database = paths::build().join("tidy/compile_commands.json");
    let commands = std::fs::read_to_string(&database)
        .map_err(|why| format!("cannot read {}: {why}", database.display()))?;
    let config = std::fs::read_to_string(paths::root().join(".clang-tidy"))
        .map_err(|why| format!(".clang-tidy: {why}"))?;
    let version = output(&mut run_with("clang-tidy-19", &["--version"]))?;
    let stamps = paths::build().join("tidy/stamps");
    std::fs::create_dir_all(&stamps).map_err(|why| format!("cannot make {}: {why}", stamps.display()))?;

    let mut queue: Vec<Unit> = Vec::new();
    let mut unchanged = 0;
    for (file, flags) in compiled(&commands) {
        let sources = sources_of(&file)?;
        if sources.is_empty() {
            continue; // generated
        }
        let mut parts: Vec<&[u8]> = vec![version.as_bytes(), config.as_bytes(), flags.as_bytes()];
        for name in closure(&sources, &texts) {
            parts.push(name.as_bytes());
            parts.push(texts[name].as_bytes());
        }
        let stamp = stamps.join(text::fingerprint(parts));
        if stamp.exists() {
            unchanged += sources.len();
        } else {
            queue.push(Unit { file, sources, stamp });
        }
    }
    let checked = queue.iter().map(|unit| unit.sources.len()).sum();
    // The last is taken first, and the largest should be.
    queue.sort_by_key(|unit| unit.sources.len());
    Ok(Report { checked, unchanged, findings: run_all(queue)? })
}

/// Each C++ file that a library or a program is made of, with its command without the repository's own path.
fn compiled(commands: &str) -> Vec<(String, String)> {
    let root = paths::root().display().to_string();
    let field = |entry: &str, name: &str| {
        let line = entry.lines().find(|line| line.trim_start().starts_with(&format!("\"{name}\":")))?;
        Some(line.split_once("\": \"")?.1.trim_end_matches(['"', ',']).to_string())
    };
    let entries =
        commands.split("},").filter_map(|entry| Some((field(entry, "file")?, field(entry, "command")?)));
    let of_tests = |file: &str, command: &str| file.ends_with("_test.cpp") || command.contains("_test.dir/");
    entries
        .filter(|(file, command)| !file.ends_with(".S") && !of_tests(file, command))
        .map(|(file, command)| (file, command.replace(&root, "")))
        .collect()
}

/// What CMake included into `file`, or the file itself.
fn sources_of(file: &str) -> Outcome<Vec<String>> {
    let root = format!("{}/", paths::root().display());
    let inside =
        |path: &str| path.strip_prefix(&root).filter(|path| !path.starts_with("build/")).map(str::to_string);
    if !file.contains("/Unity/") {
        return Ok(inside(file).into_iter().collect());
    }
    let text = std::fs::read_to_string(file).map_err(|why| format!("cannot read {file}: {why}"))?;
    Ok(arrows::includes(&text).iter().filter_map(|(_, path)| inside(path)).collect())
}

fn run_all(queue: Vec<Unit>) -> Outcome<Vec<String>> {
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get());
    let total = queue.len();
    let queue = Mutex::new(queue);
    let findings = Mutex::new(Vec::new());
    let trouble = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| loop {
                let unit = match queue.lock().expect("no thread panics with it").pop() {
                    Some(next) => next,
                    None => break,
                };
                match run_one(&unit) {
                    Ok(None) => {}
                    Ok(Some(found)) => findings.lock().expect("as above").push(found),
                    Err(why) => *trouble.lock().expect("as above") = Some(why),
                }
                let left = queue.lock().expect("as above").len();
                if left % 10 == 0 {
                    eprintln!("  {} of {total} units", total - left);
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

/// What clang-tidy says about one unit; a clean one gets its stamp.
fn run_one(unit: &Unit) -> Outcome<Option<String>> {
    // The compile commands are g++'s: clang does not know all of its warnings.
    let options =
        ["--quiet", "--warnings-as-errors=*", "-p", "build/tidy", "--extra-arg=-Wno-unknown-warning-option"];
    let mut command = run_with("timeout", &["300", "clang-tidy-19"]);
    let result = command
        .args(options)
        .arg(&unit.file)
        .output()
        .map_err(|why| format!("cannot run clang-tidy-19: {why}"))?;
    if result.status.success() {
        let stamp = &unit.stamp;
        std::fs::write(stamp, unit.sources.join("\n"))
            .map_err(|why| format!("cannot write {}: {why}", stamp.display()))?;
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&result.stdout).into_owned();
    let said =
        if said.trim().is_empty() { String::from_utf8_lossy(&result.stderr).into_owned() } else { said };
    let root = format!("{}/", paths::root().display());
    Ok(Some(said.replace(&root, "")))
}

/// The files and all headers of the repository that they include, directly or not.
fn closure<'a>(sources: &[String], texts: &'a BTreeMap<String, String>) -> BTreeSet<&'a String> {
    let known = |name: &String| texts.get_key_value(name).map(|(name, _)| name);
    let mut seen = BTreeSet::new();
    let mut todo: Vec<&String> = sources.iter().filter_map(known).collect();
    while let Some(name) = todo.pop() {
        if seen.insert(name) {
            let headers = arrows::includes(&texts[name]).into_iter();
            todo.extend(headers.filter_map(|(_, header)| known(&header)));
        }
    }
    seen
}
