#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/result.hpp"

namespace ktstr {

namespace {

Result<int> inner() {
    return fail(Error(ErrorKind::guest, "inner").hint("do this"));
}

Result<> outer() {
    TRY_ASSIGN([[maybe_unused]] const int value, inner(), "outer");
    return {};
}

} // namespace

TEST(Result, PropagatesWithContextAndKeepsTheInnermostHint) {
    const auto result = outer();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), ErrorKind::guest);
    EXPECT_EQ(result.error().render(), "error: outer\n  inner\n  hint: do this\n");
    EXPECT_EQ(result.error().one_line(), "outer: inner");
    EXPECT_EQ(Error(result.error()).hint("other").hint(), "do this");
}

TEST(Result, FramesKnowWhereTheyWereMade) {
    const auto result = outer();
    EXPECT_THAT(result.error().frames().at(0).file, testing::EndsWith("result_test.cpp"));
    EXPECT_GT(result.error().frames().at(1).line, result.error().frames().at(0).line);
}

} // namespace ktstr
