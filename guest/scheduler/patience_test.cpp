#include "guest/scheduler/patience.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

constexpr std::int64_t ms = 1'000'000;

TEST(Patience, IsOverWhenTheLimitIsAndHalfOfItsLooksWereHad) {
    const auto begin = monotonic_ns();
    Patience patience(40);
    EXPECT_FALSE(patience.is_over(begin + 39 * ms));
    EXPECT_FALSE(patience.is_over(begin + 45 * ms)); // nobody has looked: the machine stood still
    for (int i = 0; i < 20; ++i) {
        patience.sleep();
    }
    EXPECT_FALSE(patience.is_over(begin + 39 * ms));
    EXPECT_TRUE(patience.is_over(monotonic_ns() + 40 * ms));
}

TEST(Patience, EndsHoweverSeldomOneGetsToLook) {
    Patience patience(40);
    EXPECT_FALSE(patience.is_over(monotonic_ns() + 100 * ms));
    EXPECT_TRUE(patience.is_over(monotonic_ns() + 160 * ms));
}

TEST(Patience, OfNothingIsOver) {
    EXPECT_TRUE(Patience(0).is_over());
    EXPECT_TRUE(Patience(-5).is_over());
}

} // namespace
} // namespace ktstr::guest
