// The user's nextest arguments, read with the table of options: what the listing gets of them, and
// single values.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::nextest {

// The arguments that `cargo nextest list` understands in the same sense. An option that the table
// does not know is kept: nextest itself then says what is wrong with it.
std::vector<std::string> arguments_for_list(std::span<const std::string> arguments);

// Those that say how tests are built, where they lie and which configurations hold: without what
// chooses among tests, and what a run alone knows.
std::vector<std::string> build_options(std::span<const std::string> arguments);

// The last value given to a long option before nextest's own `--`.
std::optional<std::string> value_of(std::span<const std::string> arguments,
                                    std::string_view option);

// All of them, as they come.
std::vector<std::string> values_of(std::span<const std::string> arguments, std::string_view option);

// The user's, and behind them `more`, but before a bare `--`, behind which all is for the tests.
std::vector<std::string> with_last(std::span<const std::string> arguments,
                                   std::span<const std::string> more);

// Whether they may choose among the tests of a binary: a filter, a partition, ignored ones, and
// what the table does not know.
bool choose_tests(std::span<const std::string> arguments);

bool has_option(std::span<const std::string> arguments, std::string_view option);

} // namespace ktstr::nextest
