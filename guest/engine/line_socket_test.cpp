#include "guest/engine/line_socket.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include <array>

namespace ktstr::guest {
namespace {

struct Pair {
    Pair(std::size_t longest = longest_line) {
        std::array<int, 2> ends{-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        here = LineSocket(Fd(ends[0]), longest);
        there = LineSocket(Fd(ends[1]));
    }

    LineSocket here;
    LineSocket there;
};

TEST(LineSocket, CarriesLines) {
    Pair pair;
    EXPECT_TRUE(pair.there.send("one"));
    EXPECT_TRUE(pair.there.send("two"));
    pair.here.receive();
    EXPECT_EQ(pair.here.next(), "one");
    EXPECT_EQ(pair.here.next(), "two");
    EXPECT_EQ(pair.here.next(), std::nullopt);
    EXPECT_TRUE(pair.here.is_open());
}

TEST(LineSocket, GivesWhatCameBeforeTheEnd) {
    Pair pair;
    pair.there.send("last");
    pair.there.close();
    pair.here.receive();
    EXPECT_FALSE(pair.here.is_open());
    EXPECT_EQ(pair.here.next(), "last");
    EXPECT_EQ(pair.here.await(monotonic_ns() + 1'000'000'000), std::nullopt);
}

TEST(LineSocket, RefusesALineThatIsTooLong) {
    Pair pair(1000);
    pair.there.send(std::string(5000, 'x'));
    for (int i = 0; i < 10 && pair.here.is_open(); ++i) {
        pair.here.receive();
        EXPECT_EQ(pair.here.next().value_or("").size(), 0U);
        pair.there.send(std::string(5000, 'x'));
    }
    EXPECT_FALSE(pair.here.is_open());
}

TEST(LineSocket, DoesNotWaitForeverForOneWhoDoesNotRead) {
    Pair pair;
    EXPECT_FALSE(pair.there.send(std::string(8U << 20, 'x'), 20));
    EXPECT_FALSE(pair.there.is_open());
}

TEST(LineSocket, WaitsNoLongerThanAsked) {
    Pair pair;
    EXPECT_EQ(pair.here.await(monotonic_ns() + 1'000'000), std::nullopt);
    EXPECT_TRUE(pair.here.is_open());
}

} // namespace
} // namespace ktstr::guest
