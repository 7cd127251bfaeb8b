#include "guest/wire/moment.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ktstr::wire {
namespace {

// Clocks that both show `now`; reading the outer one takes the next of `pauses`.
struct Clocks {
    std::vector<std::int64_t> pauses;
    std::int64_t now = 1'000'000;
    std::size_t readings = 0;

    Moment<std::int64_t> read() {
        return same_moment(
            [this] {
                const auto shown = now;
                now += pauses.at(readings++ % pauses.size());
                return shown;
            },
            [this] { return now; });
    }
};

TEST(SameMoment, OfAnUndisturbedReaderIsTheFirst) {
    Clocks clocks{
        .pauses = {100, 100}
    };
    const auto moment = clocks.read();
    EXPECT_EQ(clocks.readings, 2U);
    EXPECT_EQ(moment.width_ns, 100);
    EXPECT_EQ(moment.outer_ns, 1'000'050);
    EXPECT_EQ(moment.inner, 1'000'100);
}

TEST(SameMoment, IsReadAgainWhereTheReaderWasHeldUp) {
    Clocks clocks{
        .pauses = {22'000'000, 0, 30, 0}
    };
    const auto moment = clocks.read();
    EXPECT_EQ(clocks.readings, 4U);
    EXPECT_EQ(moment.width_ns, 30);
    EXPECT_NEAR(static_cast<double>(moment.outer_ns), static_cast<double>(moment.inner), 30);
}

TEST(SameMoment, IsTheNearestWhereEveryReaderIsHeldUp) {
    Clocks clocks{
        .pauses = {900'000, 0, 800'000, 0, 700'000, 0, 600'000, 0, 500'000, 0, 400'000, 0}
    };
    const auto moment = clocks.read();
    EXPECT_EQ(clocks.readings, 32U);
    EXPECT_EQ(moment.width_ns, 400'000);
}

} // namespace
} // namespace ktstr::wire
