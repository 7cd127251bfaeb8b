#include "guest/agent/start_order.hpp"
#include "guest/wire/random.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::IsNull;
using testing::StrEq;

TEST(StartOrder, ComesOutAsItWentIn) {
    auto text = start_order({
        .argv = {"prog", "", "two words"},
        .environment = {"A=1", "EMPTY="},
        .cwd = "/work",
        .standard_input = true
    });
    const auto order = parse_start_order(text);
    EXPECT_STREQ(order.cwd, "/work");
    EXPECT_TRUE(order.standard_input);
    EXPECT_FALSE(order.merge_streams);
    EXPECT_FALSE(order.read_only);
    EXPECT_THAT(order.argv, ElementsAre(StrEq("prog"), StrEq(""), StrEq("two words"), IsNull()));
    EXPECT_THAT(order.environment, ElementsAre(StrEq("A=1"), StrEq("EMPTY="), IsNull()));
}

TEST(StartOrder, CutsAtANulAsExecWould) {
    using namespace std::string_literals;
    auto text = start_order({
        .argv = {"prog", "one\0two"s, "three"},
          .read_only = true, .merge_streams = true
    });
    const auto order = parse_start_order(text);
    EXPECT_TRUE(order.read_only);
    EXPECT_TRUE(order.merge_streams);
    EXPECT_THAT(order.argv, ElementsAre(StrEq("prog"), StrEq("one"), StrEq("three"), IsNull()));
    EXPECT_THAT(order.environment, ElementsAre(IsNull()));
}

TEST(StartOrder, GivesTimersASlackOfTheSeeds) {
    const auto slack_of = [](std::uint64_t seed) {
        auto text = start_order({.argv = {"prog"}, .varied = seed});
        return parse_start_order(text).timer_slack_ns;
    };
    std::set<unsigned long> slacks;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        slacks.insert(slack_of(seed));
    }
    EXPECT_THAT(slacks, ElementsAre(50'000, 400'000, 800'000, 1'600'000, 3'200'000));
    EXPECT_EQ(slack_of(7), slack_of(7));
    EXPECT_EQ(slack_of(0), 0);
    EXPECT_EQ(slack_of(wire::own_seed(7)), 0);
}

} // namespace
} // namespace ktstr::guest
