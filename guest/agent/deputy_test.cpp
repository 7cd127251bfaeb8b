#include "guest/agent/deputy.hpp"
#include "guest/base/os.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

// demote_real_time_tasks looks at every process: its work is shown in a machine
// (tests/e2e/bad_input.sh). Here: when.
TEST(Deputy, WithoutALimitDoesNothing) {
    Deputy deputy;
    deputy.stand_down();
    EXPECT_EQ(deputy.demoted(), 0);
}

TEST(Deputy, IsRelievedBeforeTheLimit) {
    const auto begun = monotonic_ns();
    {
        Deputy deputy;
        deputy.watch_until(begun + 60'000'000'000);
    }
    EXPECT_LT(monotonic_ns() - begun, 30'000'000'000);
}

TEST(Deputy, StandsDownTwiceAndBeforeItHasALimit) {
    Deputy deputy;
    deputy.stand_down();
    deputy.watch_until(1);
    deputy.stand_down();
    EXPECT_EQ(deputy.demoted(), 0);
}

} // namespace
} // namespace ktstr::guest
