// `cargo ktstr kernel`: makes, lists and finds kernels of the store.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>

namespace ktstr::commands {

extern const cli::Spec kernel_spec;

// build, fetch-distro, list, path
std::span<const cli::Command> kernel_commands();

} // namespace ktstr::commands
