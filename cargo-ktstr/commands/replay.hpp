// Runs a deterministic attempt again, and says whether it was the same.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec replay_spec;
Result<int> replay_command(std::span<const std::string> words);

} // namespace ktstr::commands
