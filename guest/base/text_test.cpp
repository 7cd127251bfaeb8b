#include "guest/base/text.hpp"

#include <gmock/gmock.h>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LinesOf, TakesALastLineWithAndWithoutItsEnd) {
    EXPECT_THAT(lines_of("a\n\nb\n"), ElementsAre("a", "", "b"));
    EXPECT_THAT(lines_of("a\nb"), ElementsAre("a", "b"));
    EXPECT_THAT(lines_of(""), IsEmpty());
}

TEST(Trimmed, KeepsWhatIsInside) {
    EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
}

TEST(Between, NeedsBothEnds) {
    EXPECT_EQ(between("x (one) (two)", "(", ")"), "one");
    EXPECT_EQ(between("x (one", "(", ")"), "");
    EXPECT_EQ(between("one)", "(", ")"), "");
}

} // namespace
} // namespace ktstr::guest
