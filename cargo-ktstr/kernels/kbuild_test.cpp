#include "cargo-ktstr/kernels/kbuild.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

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

TEST(Kbuild, TellsTheStepsThatAreLeft) {
    EXPECT_EQ(announced_steps("set -e;  echo '  CC      init/main.o';   gcc -c init/main.c"), 1U);
    EXPECT_EQ(announced_steps("echo '  AR      a.a'; rm a.a; echo '  LD      b.o'; ld"), 2U);
    EXPECT_EQ(announced_steps("echo 'CONFIG'; echo '  '; gcc -c main.c"), 0U);

    const auto folder = TempDir::create("kbuild");
    ASSERT_THAT(folder, IsOk());
    const auto& path = folder->path();
    const auto kbuild = [&](const char* makefile) {
        EXPECT_THAT(write_file_atomically(path / "Makefile", makefile), IsOk());
        return Kbuild(path, path);
    };
    const auto half = kbuild("all: a b\n"
                             "a b:\n\t@set -e; echo '  GEN     $@'; touch $@\n");
    EXPECT_EQ(half.count_steps({"all"}).value(), 2U);
    EXPECT_FALSE(std::filesystem::exists(path / "a"));
    EXPECT_THAT(half.run({"a"}), IsOk());
    EXPECT_EQ(half.count_steps({"all"}).value(), 1U);
    EXPECT_EQ(kbuild("all: missing\n").count_steps({"all"}).value(), 0U);
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
