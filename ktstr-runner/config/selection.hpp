// What a run with a budget has chosen, as `cargo ktstr test` tells the runners: KTSTR_SELECTION, a
// file of lines "BINARY_ID NAME", and KTSTR_RESERVE, one of lines "MS BINARY_ID NAME", the tests
// that begin only when the chosen ones leave time for what they are expected to take.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::config {

inline constexpr const char* selection_variable = "KTSTR_SELECTION";
inline constexpr const char* reserve_variable = "KTSTR_RESERVE";

// The names that are listed of one binary: chosen or in reserve. Absent where KTSTR_SELECTION is
// unset: all. A file that cannot be read is an error, for a run without it would be another.
Result<std::optional<std::set<std::string, std::less<>>>>
selection_from(std::span<const std::string> environment, std::string_view binary_id);

// What a test in reserve is expected to take; absent: it is not in reserve.
Result<std::optional<std::chrono::milliseconds>> reserve_time_from(
    std::span<const std::string> environment, std::string_view binary_id, std::string_view name);

// A line of KTSTR_RESERVE for a "BINARY_ID NAME", in whole milliseconds that are no less.
std::string reserve_line(std::chrono::nanoseconds expected, std::string_view test);

} // namespace ktstr::config
