// The program around the commands: which name it was called by, which command is meant, how an
// error is printed.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>
#include <vector>

namespace ktstr::cli {

// How we were called: `cargo ktstr ...` (cargo runs `cargo-ktstr ktstr ...`), or `ktstr ...`.
struct Invocation {
    std::string program;
    std::vector<std::string> arguments;
};

Invocation read_invocation(std::span<const char* const> argv);

// Runs the command; its exit code, or an error that nobody has printed yet.
Result<int> dispatch(Invocation invocation, std::span<const Command> commands);

// What stands on stderr for an error; when verbose, with the place of each frame.
std::string error_text(const Error& error);

// All of main: dispatch, the one place that prints errors, the exit code.
int run_program(std::span<const char* const> argv, std::span<const Command> commands);

} // namespace ktstr::cli
