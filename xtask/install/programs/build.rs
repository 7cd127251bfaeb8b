//! Compiles the C++ programs with CMake.

use std::process::ExitCode;

fn main() -> ExitCode {
    ktstr_install::compile::run()
}
