// The commands of ktstr-kernel. On stdout are keys and versions alone.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>

namespace ktstr::make {

std::span<const cli::Command> table();

} // namespace ktstr::make
