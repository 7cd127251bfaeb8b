// The analysis of a run for people: what `cargo ktstr stats` prints below the attempts.
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

#include <string>

namespace ktstr::stats {

// Sections with a heading each, an empty line before it; what the run tells nothing of is left out.
std::string report(const Runs& runs);

} // namespace ktstr::stats
