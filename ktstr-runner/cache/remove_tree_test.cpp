#include "ktstr-runner/cache/remove_tree.hpp"
#include "ktstr-runner/cache/test_support.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace ktstr::cache {

namespace fs = std::filesystem;

TEST_F(CacheTest, ATreeGoesWithAllBelowIt) {
    write(root() / "key/deep/file", "");
    fs::create_directory_symlink(root() / "other", root() / "key/link");
    write(root() / "other/file", "");
    EXPECT_TRUE(remove_tree(root() / "key"));
    EXPECT_FALSE(fs::exists(root() / "key"));
    EXPECT_TRUE(fs::exists(root() / "other/file"));
    EXPECT_TRUE(remove_tree(root() / "key")); // nothing there: nothing is left
}

// One file before and one after the one that stays, whatever the order in which they are read.
TEST_F(CacheTest, OfATreeOnlyWhatMustStayIsLeft) {
    write(root() / "key/a/file", "");
    write(root() / "key/b/stays", "");
    write(root() / "key/c/file", "");
    ASSERT_EQ(::chmod((root() / "key/b").c_str(), 0555), 0);
    ASSERT_EQ(::chmod(dir->path().c_str(), 0755), 0);
    constexpr uid_t nobody = 65534; // root may remove everything
    if (::getuid() == 0) {
        for (const auto& each : fs::recursive_directory_iterator(root())) {
            ASSERT_EQ(::lchown(each.path().c_str(), nobody, nobody), 0);
        }
    }
    EXPECT_EXIT(
        {
            const bool dropped = ::getuid() != 0 || ::setuid(nobody) == 0;
            std::_Exit(dropped && !remove_tree(root() / "key") ? 0 : 1);
        },
        testing::ExitedWithCode(0),
        "");
    EXPECT_TRUE(fs::exists(root() / "key/b/stays"));
    EXPECT_FALSE(fs::exists(root() / "key/a"));
    EXPECT_FALSE(fs::exists(root() / "key/c"));
}

} // namespace ktstr::cache
