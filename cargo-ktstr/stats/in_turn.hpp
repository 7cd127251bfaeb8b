// Attempts of two sides that ran in turn: what changed on the host meanwhile changed for both.
#pragma once

#include "cargo-ktstr/stats/attempt.hpp"

#include <span>
#include <utility>
#include <vector>

namespace ktstr::stats {

using AttemptPair = std::pair<const Attempt*, const Attempt*>; // of A, of B

// The k-th attempts of each, where by their starts the 1st and 2nd of all are one of each side, so
// are the 3rd and 4th, and so on: A B A B, A B B A. None where any two are not, where one side has
// more, where there are fewer than two of each, or where a start is not known.
std::vector<AttemptPair> in_turn(std::span<const Attempt* const> a,
                                 std::span<const Attempt* const> b);

} // namespace ktstr::stats
