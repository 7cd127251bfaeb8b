#include "cargo-ktstr/planner/room.hpp"

#include <gtest/gtest.h>

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;

TEST(Room, IsTheTimeOfAllLanes) {
    Room room(10s, {.count = 3}, {});
    EXPECT_TRUE(room.take(10s, 2, false));
    EXPECT_FALSE(room.take(11s, 1, false));
    EXPECT_FALSE(room.take(6s, 2, false));
    EXPECT_TRUE(room.take(7s, 1, true));
    EXPECT_EQ(room.used(), 9s);
    EXPECT_FALSE(room.take(4s, 1, false));
    EXPECT_TRUE(room.take(3s, 1, false));
    EXPECT_EQ(room.used(), 10s);
}

TEST(Room, HasTestsWaitThatNeedTheSameCpus) {
    Room room(10s,
              {
                  .count = 12
    },
              {{4, 2}, {5, 1}});
    EXPECT_TRUE(room.take(10s, 4, true));
    EXPECT_TRUE(room.take(6s, 4, true));
    EXPECT_EQ(room.used(), 8s);
    EXPECT_FALSE(room.take(5s, 4, true)) << "there are lanes for three, and CPUs for two";
    EXPECT_TRUE(room.take(5s, 4, false));
    EXPECT_TRUE(room.take(1s, 5, true));
    EXPECT_EQ(room.used(), 8s);
}

TEST(Room, HasNoEndOfTime) {
    Room room(std::chrono::nanoseconds::max(),
              {
                  .count = 4096
    },
              {{2, 8}});
    EXPECT_TRUE(room.take(1h, 4096, false));
    EXPECT_TRUE(room.take(1h, 2, true));
    EXPECT_GE(room.used(), 1h);
}

} // namespace
} // namespace ktstr::planner
