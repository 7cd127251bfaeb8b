// cargo ktstr stats compare: two sets of runs.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec stats_compare_spec;

Result<int> stats_compare(std::span<const std::string> words);

} // namespace ktstr::commands
