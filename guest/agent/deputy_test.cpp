#include "guest/agent/deputy.hpp"
#include "guest/agent/os.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

// demote_real_time_tasks looks at every process: its work is shown in a machine
// (tests/e2e/bad_input.sh). Here: when.
TEST(Deputy, WithoutALimitDoesNothing) {
    Deputy deputy(0);
    deputy.stand_down();
    EXPECT_EQ(deputy.demoted(), 0);
}

TEST(Deputy, IsRelievedBeforeTheLimit) {
    const auto begun = monotonic_ns();
    {
        const Deputy deputy(begun + 60'000'000'000);
    }
    EXPECT_LT(monotonic_ns() - begun, 30'000'000'000);
}

TEST(Deputy, StandsDownTwice) {
    Deputy deputy(monotonic_ns() + 60'000'000'000);
    deputy.stand_down();
    deputy.stand_down();
    EXPECT_EQ(deputy.demoted(), 0);
}

} // namespace
} // namespace ktstr::guest
