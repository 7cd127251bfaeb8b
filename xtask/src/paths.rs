//! Where things are.

use std::path::PathBuf;

pub const PROGRAMS: [&str; 4] = ["cargo-ktstr", "ktstr", "ktstr-runner", "ktstr-kernel"];

/// The top of the repository: xtask's own folder is right below it.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in a folder").into()
}

pub fn build() -> PathBuf {
    root().join("build")
}

/// The release programs.
pub fn programs() -> PathBuf {
    build().join("release/bin")
}

pub fn program(name: &str) -> PathBuf {
    programs().join(name)
}

pub fn logs() -> PathBuf {
    build().join("logs")
}

/// ktstr's part of the user's cache: $XDG_CACHE_HOME/ktstr.
pub fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .filter(|value| !value.is_empty())
        .map_or_else(|| home().join(".cache"), PathBuf::from);
    base.join("ktstr")
}

pub fn home() -> PathBuf {
    std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from)
}

/// Crates that know of ktstr by .config/ktstr.toml alone.
pub fn example() -> PathBuf {
    root().join("tests/fixtures/example")
}

/// A scheduler with its tests, which the demo runs.
pub fn scheduler() -> PathBuf {
    root().join("tests/fixtures/scx-ktstr")
}
