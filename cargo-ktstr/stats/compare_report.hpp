// A comparison for people, and for programs (docs/reference/stats.md).
#pragma once

#include "cargo-ktstr/stats/compare.hpp"

#include <string>

namespace ktstr::stats {

std::string comparison_text(const Comparison& comparison);
std::string comparison_json(const Comparison& comparison);

} // namespace ktstr::stats
