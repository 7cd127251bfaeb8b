// ktstr scenario: a workload as data, without a test around it.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

namespace ktstr::commands {

extern const cli::Spec scenario_spec;

Result<int> scenario_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
