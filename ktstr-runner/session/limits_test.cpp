#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/session/session.hpp"

namespace ktstr::session {

using namespace std::chrono_literals;

TEST(Limits, ComeBeforeNextestKillsInTheOrderGuestThenVerdict) {
    const auto start = Clock::now();
    for (const auto kill_after : {2'000ms, 10'000ms, 60'000ms, 600'000ms}) {
        const auto limits = limits_before(start, kill_after);
        EXPECT_GT(*limits.guest, start);
        EXPECT_LT(*limits.guest, *limits.verdict);
        EXPECT_LT(*limits.verdict, start + kill_after);
        EXPECT_GE(*limits.guest - start, kill_after / 2) << kill_after.count();
    }
}

} // namespace ktstr::session
