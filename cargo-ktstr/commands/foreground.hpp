// Runs nextest as if this process had become it, for commands that have a word to say when it has
// ended.
#pragma once

#include "cargo-ktstr/nextest/environment.hpp"
#include "ktstr-runner/base/process.hpp"

#include <string>
#include <vector>

namespace ktstr::commands {

// With our streams and in our process group. Once in a process's life: its signals are the
// command's from here on.
Result<ExitStatus> run_in_foreground(std::vector<std::string> command,
                                     const nextest::Environment& environment);

} // namespace ktstr::commands
