// KTSTR_BUDGET_END: when the time of a run with a budget is over, on the host's monotonic clock.
// `cargo ktstr test` sets it; a test that would begin later does not, so that no wrong expectation
// makes a run longer than its budget and its longest test.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/result.hpp"

#include <optional>
#include <span>
#include <string>

namespace ktstr::config {

inline constexpr const char* budget_end_variable = "KTSTR_BUDGET_END";

// Of the sidecar of a test that did not begin; one in reserve (selection.hpp) begins only where the
// time that is left is enough for it.
inline constexpr const char* budget_is_over = "not begun: the time of the run's budget was over";
inline constexpr const char* no_time_for_reserve =
    "not begun: it was in reserve, and the run's budget left no time for it";

// The variable's value.
std::string budget_end_text(Clock::time_point end);

// Absent where the variable is unset. A value of somebody else's is an error.
Result<std::optional<Clock::time_point>> budget_end_from(std::span<const std::string> environment);

} // namespace ktstr::config
