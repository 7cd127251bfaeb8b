// The one thing that is ever tried again by itself: a machine that failed under a test, which says
// nothing of the test. Once, and the sidecar and the screen tell of it. A kernel that does not boot
// is none of these: it may be what is tested.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

namespace ktstr::protocol {

// Whether `first`, which began at `start` and has just ended, failed by its machine, and leaves
// time for another that takes as long.
bool deserves_a_second_try(const sidecar::Record& first,
                           Clock::time_point start,
                           Clock::time_point now,
                           const std::optional<Clock::time_point>& end);

// Puts what the first try came to into the record of the second.
void tell_of_first_try(const sidecar::Record& first, sidecar::Record& second);

} // namespace ktstr::protocol
