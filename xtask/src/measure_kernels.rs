//! What `cargo xtask bench kernels` measures: a kernel found in a full store.

use crate::number::Number;
use crate::shell::{command, output};
use crate::{paths, text, Outcome};
use std::path::Path;
use std::time::Instant;

const ENTRIES: usize = 200;
const RUNS: usize = 50;
const PATH_LIMIT_MS: f64 = 5.0;

/// `kernel path` by key and by version, the whole process, in a store of 200 entries.
pub fn found() -> Outcome<Vec<Number>> {
    let store = paths::build().join("bench-store");
    if store.exists() {
        std::fs::remove_dir_all(&store).map_err(|why| format!("cannot remove {}: {why}", store.display()))?;
    }
    for number in 0..ENTRIES {
        entry(&store, number)?;
    }
    let key = key_of(ENTRIES / 2);
    let mut numbers = Vec::new();
    for (name, spec) in [("a key", key.as_str()), ("a version", "6.12"), ("no spec", "")] {
        let words: &[&str] = if spec.is_empty() { &[] } else { &[spec] };
        let mut took = Vec::new();
        for _ in 0..RUNS {
            let begun = Instant::now();
            let mut path = command(paths::program("ktstr"));
            path.args(["kernel", "path"])
                .args(words)
                .env("KTSTR_CACHE_DIR", &store)
                .env_remove("KTSTR_KERNEL");
            output(&mut path)?;
            took.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        numbers.push(Number {
            name: format!("kernel path of {name}, {ENTRIES} entries"),
            unit: "ms",
            value: text::median(took),
            against: None,
            limit: (!spec.is_empty()).then_some(PATH_LIMIT_MS), // without one all entries are read
        });
    }
    Ok(numbers)
}

fn key_of(number: usize) -> String {
    format!("6.{}.{}-ktstr-{}-{number:012x}", number % 20, number, std::env::consts::ARCH)
}

/// Files as large as a lean kernel's, all holes, with what the store writes of them.
fn entry(store: &Path, number: usize) -> Outcome<()> {
    let key = key_of(number);
    let folder = store.join(&key);
    let file = |name: &str, size: u64| -> std::io::Result<()> {
        std::fs::File::create(folder.join(name))?.set_len(size)
    };
    let metadata = format!(
        r#"{{"schema": 1, "key": "{key}", "version": "{version}", "arch": "{arch}", "source": "tarball",
"origin": "linux.tar.xz", "made_at": {number}, "sched_ext": true, "made_from": [], "files": {{
"image": {{"sha256": "{digest}", "size": 9000000}}, "vmlinux": {{"sha256": "{digest}", "size": 40000000}},
"config": {{"sha256": "{digest}", "size": 0}}}}}}"#,
        version = key.split("-x86").next().unwrap_or(&key),
        arch = std::env::consts::ARCH,
        digest = "0".repeat(64),
    );
    std::fs::create_dir_all(&folder)
        .and_then(|()| file("image", 9_000_000))
        .and_then(|()| file("vmlinux", 40_000_000))
        .and_then(|()| file("config", 0))
        .and_then(|()| std::fs::write(folder.join("metadata.json"), metadata))
        .map_err(|why| format!("cannot make {}: {why}", folder.display()))
}
