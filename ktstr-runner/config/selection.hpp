// KTSTR_SELECTION: the tests that a run with a budget has chosen, a file of lines "BINARY_ID NAME".
// `cargo ktstr test` writes it, the runners' listings hold to it.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::config {

inline constexpr const char* selection_variable = "KTSTR_SELECTION";

// The names that were chosen of one binary. Absent where the variable is unset: all. A file that
// cannot be read is an error, for a run without it would be another.
Result<std::optional<std::set<std::string, std::less<>>>>
selection_from(std::span<const std::string> environment, std::string_view binary_id);

} // namespace ktstr::config
