// Runs as a table for people and as JSON for programs.
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

#include <string>

namespace ktstr::stats {

// One line per attempt, a line of medians and one of sums, and the totals.
std::string as_table(const Runs& runs);

// Schema 2: {schema, directories, totals, attempts: [sidecar records], identical: attempts that
// were there more than once, without_tests: [directories], damaged: ["path: why"]}. History: 2
// several runs at once, 1 first version.
std::string as_json(const Runs& runs);

} // namespace ktstr::stats
