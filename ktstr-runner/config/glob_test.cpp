#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/config/glob.hpp"

#include <gtest/gtest.h>

namespace ktstr::config {
namespace {

bool matches(std::string_view pattern, std::string_view name) {
    const auto glob = Glob::parse(pattern);
    EXPECT_THAT(glob, IsOk());
    return glob && glob->matches(name);
}

TEST(Glob, MatchesTheWholeName) {
    EXPECT_TRUE(matches("net", "net"));
    EXPECT_FALSE(matches("net", "netns"));
    EXPECT_FALSE(matches("net", "subnet"));
}

TEST(Glob, StarRunsOverSlashesAndColons) {
    EXPECT_TRUE(matches("my*", "my-crate::bin/tool"));
    EXPECT_TRUE(matches("*a*b*", "xxaxxabxx"));
    EXPECT_FALSE(matches("*a*b", "xxaxxbx"));
    EXPECT_TRUE(matches("*", ""));
}

TEST(Glob, QuestionMarkIsOneCharacterNotOneByte) {
    EXPECT_TRUE(matches("gr?n", "grün"));
    EXPECT_FALSE(matches("gr?n", "gron_"));
}

TEST(Glob, ClassesHoldRangesNegationAndLiteralBrackets) {
    EXPECT_TRUE(matches("v[0-9]", "v7"));
    EXPECT_FALSE(matches("v[!0-9]", "v7"));
    EXPECT_FALSE(matches("v[^0-9]", "v7"));
    EXPECT_TRUE(matches("[]]", "]"));
    EXPECT_TRUE(matches("a[-x]", "a-"));
    EXPECT_TRUE(matches("a[x-]", "a-"));
    EXPECT_TRUE(matches("a[*]", "a*"));
    EXPECT_FALSE(matches("a[*]", "ab"));
}

TEST(Glob, BracesGiveAlternativesAlsoNestedAndEmpty) {
    EXPECT_TRUE(matches("foo{.exe,}", "foo"));
    EXPECT_TRUE(matches("foo{.exe,}", "foo.exe"));
    EXPECT_TRUE(matches("{a,b{c,d}}e", "bde"));
    EXPECT_FALSE(matches("{a,b{c,d}}e", "be"));
    EXPECT_TRUE(matches("a,b", "a,b"));
}

TEST(Glob, TwoStarsAsAComponentMayBeNothing) {
    EXPECT_TRUE(matches("**/foo", "foo"));
    EXPECT_TRUE(matches("**/foo", "a/b/foo"));
    EXPECT_TRUE(matches("a/**/b", "a/b"));
    EXPECT_TRUE(matches("a/**/b", "a/x/y/b"));
    EXPECT_TRUE(matches("a/**", "a/x"));
    EXPECT_FALSE(matches("a/**", "a"));
}

TEST(Glob, BackslashIsItself) {
    EXPECT_TRUE(matches("a\\b", "a\\b"));
}

TEST(Glob, RefusesWhatIsNotClosed) {
    EXPECT_THAT(Glob::parse("a[b"), IsErrorWith("`[` without `]`"));
    EXPECT_THAT(Glob::parse("a{b"), IsErrorWith("`{` without `}`"));
    EXPECT_THAT(Glob::parse("a}b"), IsErrorWith("`}` without `{`"));
    EXPECT_THAT(Glob::parse("[z-a]"), IsErrorWith("backwards"));
}

TEST(Glob, RefusesExplosions) {
    std::string pattern;
    for (int i = 0; i < 13; ++i) {
        pattern += "{a,b}";
    }
    EXPECT_THAT(Glob::parse(pattern), IsErrorWith("alternatives"));
    EXPECT_THAT(Glob::parse(std::string(100, '{') + std::string(100, '}')), IsErrorWith("deeply"));
}

} // namespace
} // namespace ktstr::config
