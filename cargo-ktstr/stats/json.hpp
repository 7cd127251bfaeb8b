// The analysis of runs for programs: docs/reference/stats.md.
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

#include <string>

namespace ktstr::stats {

// One JSON document, with a newline at its end.
std::string as_json(const Runs& runs);

} // namespace ktstr::stats
