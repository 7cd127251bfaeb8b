// A run as one page for a browser: what `stats` prints, as drawings.
#pragma once

#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/runs.hpp"

#include <string>

namespace ktstr::stats {

// `before` and `comparison` are of the runs that these are held against; null: of none.
std::string html_report(const Runs& runs, const Runs* before, const Comparison* comparison);

} // namespace ktstr::stats
