//! `cargo ktstr`, as `cargo install` puts it in place.

use std::process::ExitCode;

fn main() -> ExitCode {
    ktstr_install::start::run(&ktstr_programs::CARRIED, "cargo-ktstr")
}
