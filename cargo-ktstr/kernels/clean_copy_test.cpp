#include "cargo-ktstr/kernels/clean_copy.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/store/test_support.hpp"

namespace ktstr::kernels {

namespace fs = std::filesystem;

class CleanCopyTest : public store::StoreTest {
protected:
    fs::path tree() const { return folder() / "linux"; }

    fs::path copy() const { return folder() / "copy"; }

    void git(std::vector<std::string> words) const {
        words.insert(words.begin(),
                     {"git", "-C", tree().string(), "-c", "user.name=x", "-c", "user.email=x@y"});
        const auto ran = run_captured({.argv = std::move(words)});
        ASSERT_THAT(ran, IsOk());
        ASSERT_TRUE(ran->status.success()) << ran->err;
    }

    void SetUp() override {
        StoreTest::SetUp();
        write(tree() / ".gitignore", "*.o\n.*\n!.gitignore\ninclude/generated/\n");
        write(tree() / "kernel/fork.c", "int fork;\n");
        write(tree() / "kernel/fork.o", "built");
        write(tree() / "include/generated/x.h", "built");
        write(tree() / ".config", "CONFIG_A=y\n");
        git({"init", "-q"});
        git({"add", "."});
        git({"commit", "-qm", "all"});
        write(tree() / "kernel/new.c", "int new;\n");
    }
};

TEST_F(CleanCopyTest, HasTheSourcesAlone) {
    EXPECT_TRUE(is_configured_in_place(tree()));
    ASSERT_THAT(clean_copy(tree(), copy()), IsOk());
    EXPECT_EQ(read_file(copy() / "kernel/fork.c").value_or(""), "int fork;\n");
    EXPECT_EQ(read_file(copy() / "kernel/new.c").value_or(""), "int new;\n");
    for (const auto* built : {"kernel/fork.o", "include/generated/x.h", ".config", ".git"}) {
        EXPECT_FALSE(fs::exists(copy() / built)) << built;
    }
    EXPECT_FALSE(is_configured_in_place(copy()));
}

TEST_F(CleanCopyTest, FollowsTheTreeAndTouchesNothingElse) {
    ASSERT_THAT(clean_copy(tree(), copy()), IsOk());
    const auto unchanged = fs::last_write_time(copy() / "kernel/fork.c");
    EXPECT_EQ(unchanged, fs::last_write_time(tree() / "kernel/fork.c"));
    write(tree() / "kernel/new.c", "int changed;\n");
    fs::remove(tree() / "kernel/fork.c");
    ASSERT_THAT(clean_copy(tree(), copy()), IsOk());
    EXPECT_EQ(read_file(copy() / "kernel/new.c").value_or(""), "int changed;\n");
    EXPECT_FALSE(fs::exists(copy() / "kernel/fork.c"));
}

TEST_F(CleanCopyTest, NeedsGit) {
    fs::remove_all(tree() / ".git");
    EXPECT_THAT(clean_copy(tree(), copy()), IsErrorWith("mrproper"));
}

} // namespace ktstr::kernels
