#include "ktstr-runner/cache/room.hpp"

#include <gmock/gmock.h>

namespace ktstr::cache {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<Item> items{
    {.key = "new",    .bytes = 10, .used_at = 30},
    {.key = "old",    .bytes = 10, .used_at = 10},
    {.key = "middle", .bytes = 10, .used_at = 20},
};

std::vector<std::string> removed(std::uint64_t keep_bytes, const std::string& refused = {}) {
    std::vector<std::string> keys;
    make_room(items, keep_bytes, [&](const Item& item) {
        if (item.key == refused) {
            return false;
        }
        keys.push_back(item.key);
        return true;
    });
    return keys;
}

} // namespace

TEST(Room, OldestUseGoesFirstAndNoMoreThanMust) {
    EXPECT_THAT(removed(30), IsEmpty());
    EXPECT_THAT(removed(29), ElementsAre("old"));
    EXPECT_THAT(removed(10), ElementsAre("old", "middle"));
    EXPECT_THAT(removed(0), ElementsAre("old", "middle", "new"));
}

TEST(Room, WhatStaysCounts) {
    EXPECT_THAT(removed(20, "old"), ElementsAre("middle"));
    EXPECT_EQ(make_room(items, 0, [](const Item&) { return false; }), 0U);
    EXPECT_EQ(make_room(items, 15, [](const Item&) { return true; }), 20U);
}

} // namespace ktstr::cache
