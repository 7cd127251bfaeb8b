//! `cargo install` puts in place what rustc links, and nothing else. So the two programs that it installs carry the C++ ones: here is how
//! those get into them (`compile`), and out again (`start`). The whole story: docs/design/install.md.

pub mod compile;
mod lock;
mod missing;
pub mod start;
pub mod unpack;

use std::fmt;

/// The files that belong together, under a name that no other such set has.
pub struct Carried {
    /// Version and digest: the directory that they are unpacked into.
    pub name: &'static str,
    pub programs: &'static [Program],
}

pub struct Program {
    pub name: &'static str,
    pub bytes: &'static [u8],
}

/// What went wrong, why, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    pub what: String,
    pub why: String,
    pub hint: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "error: {}", self.what)?;
        for line in self.why.lines() {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "  hint: {}", self.hint)
    }
}
