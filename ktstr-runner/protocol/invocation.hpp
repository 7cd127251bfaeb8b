// The target runner as a whole: what was asked, done.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/result.hpp"

#include <span>
#include <string>

namespace ktstr::protocol {

// `arguments` without our own name; `start` is when this process began. The exit code for nextest.
Result<int> serve(std::span<const std::string> arguments, Clock::time_point start);

} // namespace ktstr::protocol
