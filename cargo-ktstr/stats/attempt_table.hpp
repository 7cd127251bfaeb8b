// The attempts of a run as a table: verdicts, and where the time went.
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

#include <string>

namespace ktstr::stats {

// A line for each run: its directory, and the commit that it is of.
std::string sources(const Runs& runs);

// A line for each attempt, medians, sums, and the totals in a sentence.
std::string all_attempts(const Runs& runs);

// The same; of more than `most` attempts those alone that did not pass, and the ten that took
// longest, and how many are left out.
std::string chosen_attempts(const Runs& runs, std::size_t most = 60);

} // namespace ktstr::stats
