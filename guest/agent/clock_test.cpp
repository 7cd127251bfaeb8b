#include "guest/agent/clock.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

constexpr std::int64_t ms = 1'000'000;

// The host is ahead by `lead` (ns); the question takes `there`, the answer `back`.
void ask(Lead& bounds, std::int64_t lead, std::int64_t there, std::int64_t back) {
    const std::int64_t asked = 1'000 * ms;
    bounds.narrow(asked, asked + there + lead, asked + there + back);
}

TEST(Lead, IsWithinHalfARoundTrip) {
    Lead bounds;
    ask(bounds, 5'000 * ms, 1 * ms, 3 * ms);
    EXPECT_EQ(bounds.width_ns(), 4 * ms);
    EXPECT_EQ(bounds.middle_ns(), 5'000 * ms - 1 * ms);
}

// One held up on the way there, one on the way back: together they say what neither does.
TEST(Lead, IsNarrowedByEveryRound) {
    Lead bounds;
    ask(bounds, 5'000 * ms, 150 * ms, 0);
    EXPECT_EQ(bounds.middle_ns(), 5'075 * ms);
    ask(bounds, 5'000 * ms, 0, 90 * ms);
    EXPECT_EQ(bounds.width_ns(), 0);
    EXPECT_EQ(bounds.middle_ns(), 5'000 * ms);
    ask(bounds, 5'000 * ms, 40 * ms, 40 * ms);
    EXPECT_EQ(bounds.middle_ns(), 5'000 * ms);
}

TEST(Lead, MayBeNegative) {
    Lead bounds;
    ask(bounds, -3'000'000'000 * ms, 1 * ms, 1 * ms);
    EXPECT_EQ(bounds.middle_ns(), -3'000'000'000 * ms);
}

TEST(Lead, OfAHostWhoseClockWasSetIsTheLast) {
    Lead bounds;
    ask(bounds, 5'000 * ms, 10 * ms, 10 * ms);
    ask(bounds, 1'000 * ms, 20 * ms, 20 * ms);
    EXPECT_EQ(bounds.middle_ns(), 1'000 * ms);
    EXPECT_EQ(bounds.width_ns(), 40 * ms);
}

TEST(NsBetween, IsExactHoweverLong) {
    EXPECT_EQ(ns_between(1, 1, 2'596'122), 0);
    EXPECT_EQ(ns_between(1'000, 1'000 + 2'596'122, 2'596'122), 1'000'000);
    EXPECT_EQ(ns_between(5, 5 + 1, 1'000'000), 1);
    constexpr std::uint64_t year = 365ULL * 24 * 3600 * 1000; // in ms
    EXPECT_EQ(ns_between(1, 1 + 3'000'000 * year, 3'000'000), 1'000'000 * year);
}

TEST(NsBetween, IsAbsentWhereNothingIsKnown) {
    EXPECT_EQ(ns_between(0, 100, 1'000), std::nullopt);
    EXPECT_EQ(ns_between(1, 100, 0), std::nullopt);
    EXPECT_EQ(ns_between(100, 99, 1'000), std::nullopt);
}

} // namespace
} // namespace ktstr::guest
