// Runs nextest, or what starts it, as if this process had become it, for commands that have a word
// to say when all of it has ended.
#pragma once

#include "cargo-ktstr/nextest/environment.hpp"
#include "ktstr-runner/base/process.hpp"

#include <string>
#include <vector>

namespace ktstr::commands {

// What the command is: nextest itself obeys SIGUSR1 and ends in order when it is told to; another
// may die and leave nextest behind.
enum class Leader { is_nextest, starts_nextest };

// With our streams and in our process group. A signal that is sent to this process alone is passed
// on; one of the terminal has reached the command. Returns when the command has ended, and a
// nextest that it has left behind. Once in a process's life: its signals are the command's from
// here on.
Result<ExitStatus> run_in_foreground(std::vector<std::string> command,
                                     const nextest::Environment& environment,
                                     Leader leader);

} // namespace ktstr::commands
