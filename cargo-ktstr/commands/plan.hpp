// cargo ktstr plan: every variant of every test, run or not, and why. Boots nothing.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec plan_spec;

Result<int> plan_command(std::span<const std::string> words);

} // namespace ktstr::commands
