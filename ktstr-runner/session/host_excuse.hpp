// Whether a busy host may be why a test failed.
#pragma once

#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/session/host_share.hpp"

#include <span>
#include <string>

namespace ktstr::session {

// What `post_vm` makes of measurements has no limit that we know: with less than this in the mean
// they tell nothing.
inline constexpr double least_share = 0.5;

// Of a test whose time was up the host had at least half: the machine had less than half of what it
// could have used, stood still for half of the time or longer, and missed half a CPU in the mean.
// One that slept all the time wants no CPU, and misses none; one that hung when the host was idle
// again has lost what came before.
inline bool took_the_time(const GivenShare& given) {
    constexpr double half = 0.5;
    return given.mean < least_share && given.lost >= half && given.missing >= half;
}

// All that a test's word details are limits of time which would have held on a host that gave it
// all it could use. A gap or a latency is shortened by the share of the worst second, and by no
// more than the time that was lost; what is measured over a whole phase (rates, spreads) by the
// mean share. No progress at all is the scheduler's, unless the host gave next to nothing all the
// time. `measurements` is what the engine told (docs/design/scheduler-tests.md, "Result"), and not
// trusted.
bool host_may_be_why(const Json& measurements,
                     std::span<const std::string> details,
                     const GivenShare& given);

// "the host gave its machine 31 % of the CPU time that it could have used for a second, 80 % in the
// mean"
std::string describe_share(const GivenShare& given);

} // namespace ktstr::session
