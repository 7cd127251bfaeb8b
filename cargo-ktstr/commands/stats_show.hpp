// cargo ktstr stats show, explain: single attempts.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec stats_show_spec;
extern const cli::Spec stats_explain_spec;

Result<int> stats_show(std::span<const std::string> words);
Result<int> stats_explain(std::span<const std::string> words);

} // namespace ktstr::commands
