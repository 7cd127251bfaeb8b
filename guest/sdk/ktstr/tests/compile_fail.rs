//! What the compiler says to mistakes that the macros cannot see: they need the values of constants.
//!
//! Each file of tests/compile_fail is a program whose first line is the error that it must end with. All are checked in
//! one package beside the target directory, with this workspace's lock file: nothing is fetched.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile_fail");

/// The package of the cases.
fn package() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    fs::create_dir_all(&folder).expect("the package's folder");
    let manifest = format!(
        "[workspace]\n[package]\nname = \"cases\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
         [dependencies]\nktstr = {{ path = {:?} }}\n",
        env!("CARGO_MANIFEST_DIR")
    );
    let bins = cases().into_iter().map(|(name, path)| format!("[[bin]]\nname = {name:?}\npath = {path:?}\n"));
    fs::write(folder.join("Cargo.toml"), manifest + &bins.collect::<String>()).expect("Cargo.toml");
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), folder.join("Cargo.lock"))
        .expect("Cargo.lock");
    folder
}

fn cases() -> BTreeMap<String, PathBuf> {
    let files = fs::read_dir(CASES).expect("the cases").map(|file| file.expect("a case").path());
    files.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

/// The first error of each program.
fn errors(folder: &Path) -> BTreeMap<String, String> {
    let arguments = ["check", "--offline", "--keep-going", "--bins", "--quiet", "--message-format=json"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(folder).output().expect("cargo");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut errors = BTreeMap::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line).expect("a line of JSON");
        if line.pointer("/message/level") != Some(&Value::from("error")) {
            continue;
        }
        let name = line["target"]["name"].as_str().expect("a target").to_string();
        let message = line["message"]["message"].as_str().unwrap_or_default();
        errors.entry(name).or_insert_with(|| message.to_string());
    }
    assert!(!errors.is_empty(), "cargo check: {stderr}");
    errors
}

#[test]
fn mistakes_are_errors_that_say_what_to_do() {
    let errors = errors(&package());
    for (name, path) in cases() {
        let source = fs::read_to_string(&path).expect("a case");
        let expected =
            source.lines().next().and_then(|line| line.strip_prefix("// error: ")).expect("its error");
        let found = errors.get(&name).map_or("no error", String::as_str);
        assert!(found.contains(expected), "{name}:\n  expected {expected}\n  found    {found}");
    }
}
