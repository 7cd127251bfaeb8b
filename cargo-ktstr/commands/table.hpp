// All commands, in the order of the help text. A new command is one file and one row.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>

namespace ktstr::commands {

std::span<const cli::Command> table();

} // namespace ktstr::commands
