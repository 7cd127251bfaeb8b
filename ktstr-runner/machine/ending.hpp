// What the console tells of a machine's end. Pure.
#pragma once

#include "ktstr-runner/machine/machine.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ktstr::machine {

// The guest switched itself off.
Ending ending_of_power_off(std::string_view console);

// It was reset, or a CPU could not go on (a triple fault): a panic ends like that too. `unsaid` is
// the detail when the console tells of neither a panic nor a restart.
Ending ending_of_reset(std::string_view console, std::string_view unsaid);

// From `mark` to the end of its line, the last one.
std::optional<std::string> line_with(std::string_view console, std::string_view mark);

// The last lines that are not empty, at most `lines`, joined by "; ".
std::string last_lines(std::string_view text, std::size_t lines);

} // namespace ktstr::machine
