// cargo ktstr stats report: a run as a page for a browser.
#pragma once

#include "cargo-ktstr/cli/command.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

extern const cli::Spec stats_report_spec;

Result<int> stats_report(std::span<const std::string> words);

} // namespace ktstr::commands
