#include "ktstr-runner/session/session.hpp"

#include <algorithm>

namespace ktstr::session {

using namespace std::chrono_literals;

Limits limits_before(Clock::time_point start, std::chrono::milliseconds kill_after) {
    const auto margin = kill_after / 10;
    const auto verdict = start + kill_after - std::clamp<Clock::duration>(margin, 250ms, 3s);
    const auto guest = verdict - std::clamp<Clock::duration>(margin, 250ms, 2s);
    return {.begun = start, .guest = guest, .verdict = verdict};
}

} // namespace ktstr::session
