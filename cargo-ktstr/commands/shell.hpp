// ktstr shell: a shell in a fresh VM.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

namespace ktstr::commands {

extern const cli::Spec shell_spec;

Result<int> shell_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
