// Whether a busy host may be why a test failed.
#pragma once

#include "ktstr-runner/base/json.hpp"

#include <string>
#include <vector>

namespace ktstr::session {

// What `post_vm` makes of measurements has no limit that we know: less than this, and they tell
// nothing.
inline constexpr double least_share = 0.5;

// All that a test's word details are limits of time which would have held on a host that gave it
// all it could use: a time shortened, or a rate raised, by the share that it had (HostShare). What
// is beyond that, such as no progress at all, is the scheduler's, unless the host was as good as
// frozen (less than a tenth). `measurements` is what the engine
// told (docs/design/scheduler-tests.md, "Result"), and not trusted.
bool host_may_be_why(const Json& measurements,
                     const std::vector<std::string>& details,
                     double share);

// "the host gave its machine 31 % of the CPU time that it could have used, for a second"
std::string describe_share(double share);

} // namespace ktstr::session
