// Continuous mode: a program's counters are a file that it has mapped, so that they are there
// however it ends, killed by SIGKILL included. Clang documentation, "Source-based Code Coverage",
// `%c` and runtime counter relocation.
//
// Counters can only be moved into a file by code that was compiled for it
// (-runtime-counter-relocation). So Cargo compiles the workspace by way of this program
// (RUSTC_WORKSPACE_WRAPPER), which adds that; Cargo keeps what was compiled so apart from what was
// not.
#pragma once

#include "cargo-ktstr/nextest/environment.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace ktstr::coverage {

// Why not all that cargo-llvm-cov instruments, with these arguments of its own, would be compiled
// for it; nothing when all is.
std::optional<std::string> why_not_continuous(std::span<const std::string> arguments,
                                              const nextest::Environment& environment,
                                              const std::filesystem::path& self);

// For cargo-llvm-cov: who compiles, and the names of profiles. `self` is this program.
void put_continuous(nextest::Environment& environment, const std::filesystem::path& self);

// "a-%p.profraw" becomes "a-%p%c.profraw", the pattern's own `%c` stays alone.
std::string continuous_name(std::string pattern);

// Whether Cargo has called this process to compile: by the name that put_continuous() has given
// it, and not as `cargo ktstr`.
bool is_rustc_wrapper(std::span<const char* const> argv);

// The compiler's arguments with what continuous mode needs, where they instrument.
std::vector<std::string> with_relocation(std::vector<std::string> command);

// Becomes the compiler; the exit code when it cannot.
int become_rustc(std::span<const char* const> argv);

} // namespace ktstr::coverage
