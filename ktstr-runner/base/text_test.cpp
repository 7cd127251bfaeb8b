#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/text.hpp"

#include <array>

namespace ktstr {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

TEST(Text, WhatIsForeignIsPrintable) {
    EXPECT_EQ(printable("plain, \xC3\xA4 and \xE2\x82\xAC"), "plain, \xC3\xA4 and \xE2\x82\xAC");
    EXPECT_EQ(printable("a\r\n\tb"), "a   b");
    const std::string mark = "\xEF\xBF\xBD";
    EXPECT_EQ(printable("\x1b]0;title\x07"), mark + "]0;title" + mark);
    EXPECT_EQ(printable(std::string("\0\x7f", 2)), mark + mark);
    EXPECT_EQ(printable("\xC2\x9B"
                        "2J\xC2\xA0"),
              mark + "2J\xC2\xA0")
        << "CSI of C1";
    EXPECT_EQ(printable("\x9B"
                        "2J"),
              mark + "2J")
        << "the same as one byte";
    EXPECT_EQ(printable("\xE2\x80\xAEgnp\xE2\x81\xA9\xE2\x80\xA8\xE2\x80\x8F\xD8\x9C"),
              mark + "gnp" + mark + mark + mark + mark);
    EXPECT_EQ(printable("\xE2\x80\xA6\xE2\x80\x8D"), "\xE2\x80\xA6\xE2\x80\x8D");
}

TEST(Text, ShellQuoteRoundTrips) {
    EXPECT_EQ(shell_quote("plain-1.0/x"), "plain-1.0/x");
    EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_quote(""), "''");
}

TEST(Text, ToUtf8ReplacesOnlyWhatIsInvalid) {
    EXPECT_EQ(to_utf8("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
    EXPECT_EQ(to_utf8("a\xFF"sv), "a\xEF\xBF\xBD");
    EXPECT_EQ(to_utf8("\xC0\x80"sv), "\xEF\xBF\xBD\xEF\xBF\xBD"); // overlong
    EXPECT_EQ(to_utf8("\xED\xA0\x80"sv).size(), 9U);              // a surrogate is three bad bytes
    EXPECT_EQ(to_utf8("\xF0\x9F\x98"sv).size(), 9U);              // cut off
}

TEST(Text, NearestSuggestsTyposOnly) {
    constexpr std::array words{"test"sv, "coverage"sv, "kernel"sv};
    EXPECT_EQ(nearest("kernl", words), "kernel");
    EXPECT_EQ(nearest("tset", words), "test"); // a swap is one mistake
    EXPECT_EQ(nearest("toast", words), std::nullopt);
    EXPECT_EQ(nearest("zzz", words), std::nullopt);
}

TEST(Text, ParseSizeKnowsBinaryUnitsAndOverflow) {
    EXPECT_EQ(parse_size("512", 1 << 20), 512ULL << 20);
    EXPECT_EQ(parse_size("1G", 1), 1ULL << 30);
    EXPECT_EQ(parse_size("512 MiB", 1), 512ULL << 20);
    EXPECT_EQ(parse_size("5X", 1), std::nullopt);
    EXPECT_EQ(parse_size("", 1), std::nullopt);
    EXPECT_EQ(parse_size("99999999999G", 1), std::nullopt);
}

TEST(Text, ParseDurationReadsHumantime) {
    EXPECT_EQ(parse_duration("90s"), 90000ms);
    EXPECT_EQ(parse_duration("2m 30s"), 150000ms);
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("30y"), 946'728'000'000ms);
    EXPECT_EQ(parse_duration("5"), std::nullopt);
    EXPECT_EQ(parse_duration("s"), std::nullopt);
}

TEST(Text, HumanTimeHoldsAnyTime) {
    EXPECT_EQ(human_time(1500us), "2 ms");
    EXPECT_EQ(human_time(90s), "90.0 s");
    EXPECT_EQ(human_time(150s), "2 m 30 s");
    EXPECT_EQ(human_time(std::chrono::nanoseconds::max()), "153722867 m 16 s");
}

} // namespace ktstr
