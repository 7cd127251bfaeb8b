//! `ktstr`, as `cargo install` puts it in place: the same program under its other name.

use std::process::ExitCode;

fn main() -> ExitCode {
    ktstr_install::start::run(&ktstr_programs::CARRIED, "ktstr")
}
