// cargo ktstr test: resolve, list, plan, then become nextest.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec test_spec;

// Returns only when nextest was not reached; its exit code is otherwise ours.
Result<int> test_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
