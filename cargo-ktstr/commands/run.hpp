// ktstr run: any program in a fresh VM, as if it ran here.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

namespace ktstr::commands {

extern const cli::Spec run_spec;

Result<int> run_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
