// cargo ktstr doctor: what works here, and what to do about the rest.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec doctor_spec;

// Exit code 0 when tests can run here, 3 when not.
Result<int> doctor_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
