//! What a user of the crate has to build: few crates, none of which needs a newer Rust than this one says. And its version.

use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

const MOST: usize = 16;

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"])
        .arg("x86_64-unknown-linux-gnu")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().expect("a list").iter()
}

/// Ids of all packages that a build of the crate needs, with macros and what those need; without dev-dependencies.
fn built(metadata: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let root = list(metadata, "packages").find(|package| package["name"] == "ktstr").expect("the crate");
    let mut left = vec![root["id"].as_str().expect("an id")];
    while let Some(id) = left.pop() {
        let node = list(&metadata["resolve"], "nodes").find(|node| node["id"] == id).expect("a node");
        for dependency in list(node, "deps") {
            let is_dev = list(dependency, "dep_kinds").all(|kind| kind["kind"] == "dev");
            let id = dependency["pkg"].as_str().expect("an id");
            if !is_dev && found.insert(id) {
                left.push(id);
            }
        }
    }
    found
}

#[test]
fn they_are_few() {
    let metadata = metadata();
    let built = built(&metadata);
    assert!(built.len() <= MOST, "{} dependencies, at most {MOST} are meant to be: {built:#?}", built.len());
    // The walk has gone through the macros to what they need.
    assert!(built.iter().any(|id| id.contains("unicode-ident")), "{built:#?}");
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().expect("a number")).collect()
}

#[test]
fn none_needs_a_newer_rust() {
    let metadata = metadata();
    let built = built(&metadata);
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    for package in list(&metadata, "packages") {
        if built.contains(package["id"].as_str().expect("an id")) {
            let theirs = package["rust_version"].as_str().expect("every dependency says its Rust version");
            assert!(version(theirs) <= ours, "{} needs Rust {theirs}", package["name"]);
        }
    }
}

/// The engine and the runner refuse a crate of another version, so the two must rise together.
#[test]
fn the_version_is_that_of_the_engine_and_the_runner() {
    let cmake = include_str!("../../../../CMakeLists.txt");
    let project = cmake.split("project(ktstr VERSION ").nth(1).and_then(|rest| rest.split(' ').next());
    assert_eq!(project, Some(ktstr::VERSION));
}
