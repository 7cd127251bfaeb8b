#include "guest/scheduler/bounded_log.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

TEST(BoundedLog, KeepsBeginningAndEndAndSaysWhatIsMissing) {
    BoundedLog log(4, 6);
    log.add("ab");
    log.add("cdEFGH");
    EXPECT_EQ(log.text(), "abcdEFGH");
    for (int i = 0; i < 1000; ++i) {
        log.add("0123456789");
    }
    EXPECT_EQ(log.text(), "abcd\n[9998 bytes are left out here]\n456789");
}

TEST(FoldRepeats, FoldsBlocksOfSeveralLines) {
    EXPECT_EQ(fold_repeats("start\na\nb\na\nb\na\nb\nend\n"),
              "start\na\nb\n[these 2 lines came 3 times]\nend\n");
    EXPECT_EQ(fold_repeats("x\nx\nx\nx\n"), "x\n[this line came 4 times]\n");
}

TEST(FoldRepeats, LeavesTwiceAndFarApartAlone) {
    const char* const text = "a\na\nb\nc\nb\nd\nb\n";
    EXPECT_EQ(fold_repeats(text), text);
}

TEST(FoldRepeats, TakesTheBlockThatSavesMost) {
    // "x x y" three times begins with a pair that would not be worth it.
    EXPECT_EQ(fold_repeats("x\nx\ny\nx\nx\ny\nx\nx\ny\n"),
              "x\nx\ny\n[these 3 lines came 3 times]\n");
}

TEST(LastLine, LooksPastEmptyOnes) {
    EXPECT_EQ(last_line("one\n  two \n\n"), "two");
    EXPECT_EQ(last_line("long line", 4), "long");
    EXPECT_EQ(last_line(""), "");
}

} // namespace
} // namespace ktstr::guest
