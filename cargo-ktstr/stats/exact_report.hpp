// A comparison of deterministic attempts, on the screen, as JSON and on the page.
#pragma once

#include "cargo-ktstr/stats/exact.hpp"
#include "ktstr-runner/base/json.hpp"

#include <string>

namespace ktstr::stats {

// Empty where there was no deterministic attempt.
std::string exact_text(const ExactComparison& exact);
Json exact_json(const ExactComparison& exact);
std::string exact_html(const ExactComparison& exact);

} // namespace ktstr::stats
