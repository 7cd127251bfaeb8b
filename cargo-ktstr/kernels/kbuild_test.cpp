#include "cargo-ktstr/kernels/kbuild.hpp"

#include <gmock/gmock.h>

namespace ktstr::kernels {

TEST(MakeOutput, CountsWhatIsMade) {
    MakeOutput output;
    for (const auto* line : {"make[1]: Entering directory '/b'",
                             "  CC      kernel/fork.o",
                             "  LD [M]  fs/x.ko",
                             "Kernel: ready"}) {
        output.line(line);
    }
    EXPECT_EQ(output.objects(), 2U);
    EXPECT_EQ(output.latest(), "[M]  fs/x.ko");
}

TEST(MakeOutput, KeepsTheFirstErrorNotTheLast) {
    MakeOutput output;
    for (const auto* line : {"  CC      kernel/fork.o",
                             "kernel/fork.c:7:1: warning: unused",
                             "kernel/fork.c:9:1: error: expected ';'",
                             "    9 | x",
                             "  CC      kernel/exit.o",
                             "make[3]: *** [kernel/fork.o] Error 1",
                             "kernel/exit.c:1:1: error: second"}) {
        output.line(line);
    }
    EXPECT_THAT(output.first_error(),
                testing::StartsWith("kernel/fork.c:9:1: error: expected ';'\n  9 | x"));
}

TEST(MakeOutput, ShowsTheLastLinesWhenNothingLooksLikeAnError) {
    MakeOutput output;
    for (int i = 0; i < 20; ++i) {
        output.line("words " + std::to_string(i));
    }
    EXPECT_THAT(output.first_error(), testing::StartsWith("words 14\n"));
    EXPECT_THAT(output.first_error(), testing::EndsWith("words 19"));
}

} // namespace ktstr::kernels
