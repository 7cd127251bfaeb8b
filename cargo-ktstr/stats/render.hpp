// A run as a table for people and as JSON for programs.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <string>

namespace ktstr::stats {

// One line per attempt, a line of medians and one of sums, and the totals.
std::string as_table(const sidecar::Run& run);

// Schema 1: {schema, directory, totals, attempts: [sidecar records], damaged: ["path: why"]}.
std::string as_json(const sidecar::Run& run);

} // namespace ktstr::stats
