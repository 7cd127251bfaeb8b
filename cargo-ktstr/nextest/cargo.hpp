// Cargo as we start it: its path, the workspace, rustc's host triple, the listing, and the exec of
// nextest.
#pragma once

#include "cargo-ktstr/nextest/environment.hpp"
#include "ktstr-runner/base/process.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::nextest {

// $CARGO (set when cargo started us), else `cargo`.
std::string cargo_program();

// The root of the workspace that the current directory, or the user's --manifest-path, belongs to.
// Cargo is asked once; this process never changes its directory.
Result<std::filesystem::path> workspace_root(std::span<const std::string> user_arguments);

Result<std::string> host_triple();
// From the text of `rustc -vV`.
Result<std::string> host_triple_in(std::string_view version_text);

// `cargo nextest list` and `cargo nextest run` with what the user gave and what we add.
std::vector<std::string> list_command(std::span<const std::string> user_arguments,
                                      std::span<const std::string> ours);
std::vector<std::string> run_command(std::span<const std::string> user_arguments,
                                     std::span<const std::string> ours);

// Runs the listing; cargo's and nextest's messages go to our stderr. `out` is what it printed.
// Unless the user says so, nextest does not execute itself before each binary: that is most of what
// a listing costs, and is for a Ctrl-Z in the instant between fork and exec. Nor does it say so,
// and what the run says again.
Result<Answered> run_list(std::span<const std::string> command, Environment environment);

// execve: returns only on failure.
Error become(std::span<const std::string> command, const Environment& environment);

} // namespace ktstr::nextest
