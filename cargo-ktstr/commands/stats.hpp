// cargo ktstr stats: what the sidecars of runs say. Never boots anything.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec stats_spec;

Result<int> stats_command(std::span<const std::string> arguments);

// list, show, explain, compare.
std::span<const cli::Command> stats_commands();

} // namespace ktstr::commands
