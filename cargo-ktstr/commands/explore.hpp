// cargo ktstr explore: one test under many seeds of the deterministic machine.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

namespace ktstr::commands {

extern const cli::Spec explore_spec;

Result<int> explore_command(std::span<const std::string> words);

} // namespace ktstr::commands
