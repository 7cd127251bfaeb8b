#include "cargo-ktstr/planner/shard.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::planner {
namespace {

TEST(ParseShard, TakesAPartOfSeveral) {
    const auto shard = parse_shard("--shard", "2/4");
    ASSERT_THAT(shard, IsOk());
    EXPECT_EQ(shard->partition(), "hash:2/4");
    EXPECT_EQ(parse_shard("--shard", "1/1")->partition(), "hash:1/1");
}

TEST(ParseShard, RefusesWhatIsNoPart) {
    for (const auto* wrong :
         {"", "/", "2", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", " 1/4", "1/99999999999"}) {
        EXPECT_THAT(parse_shard("--shard", wrong),
                    IsErrorWith("--shard: \"" + std::string(wrong) + "\" is no part of a run"));
    }
}

} // namespace
} // namespace ktstr::planner
