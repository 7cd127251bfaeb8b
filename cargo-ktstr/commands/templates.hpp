// `cargo ktstr templates`: shows and removes the saved machines that tests are restored from.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>

namespace ktstr::commands {

extern const cli::Spec templates_spec;

// list, clean
std::span<const cli::Command> templates_commands();

} // namespace ktstr::commands
