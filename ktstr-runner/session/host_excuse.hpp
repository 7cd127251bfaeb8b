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

// A test whose time is up would have had a half more of it, or more, and what it had was less than
// a half. One that slept all the time wants no CPU, and misses none.
inline bool took_the_time(const GivenShare& given) {
    constexpr double half_a_cpu = 0.5;
    return given.mean < least_share && given.missing >= half_a_cpu;
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
