// cargo ktstr stats: what the sidecars of a run say. Never boots anything.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec stats_spec;

Result<int> stats_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
