#include "ktstr-runner/base/file_system.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/lock_directory.hpp"

#include <gtest/gtest.h>

#include <linux/magic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace ktstr::host {

namespace {

class LockDirectoryTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("lock-directory");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
    }

    std::optional<TempDir> dir;
};

constexpr uid_t somebody_else = 4242;

} // namespace

TEST_F(LockDirectoryTest, IsTheOneThatIsAskedFor) {
    const auto runtime = dir->path().string();
    EXPECT_EQ(lock_directory({.wanted = "/a/b", .runtime = runtime, .user = ::geteuid()}), "/a/b");
}

TEST_F(LockDirectoryTest, IsInTheUsersRuntimeDirectory) {
    const auto runtime = dir->path().string();
    EXPECT_EQ(lock_directory({.wanted = {}, .runtime = runtime, .user = ::geteuid()}),
              dir->path() / "ktstr");
}

// After `sudo -E`, or in a container without one.
TEST_F(LockDirectoryTest, IsTheUsersOwnInTmpOtherwise) {
    const auto runtime = dir->path().string();
    for (const auto& other : {std::optional(runtime),
                              std::optional(runtime + "/missing"),
                              std::optional<std::string>("relative"),
                              std::optional<std::string>()}) {
        EXPECT_EQ(lock_directory({.wanted = {}, .runtime = other, .user = somebody_else}),
                  "/tmp/ktstr-4242");
    }
}

TEST_F(LockDirectoryTest, IsMadeForThisUserAlone) {
    const auto path = dir->path() / "new/locks";
    ASSERT_THAT(make_lock_directory(path, ::geteuid()), IsOk());
    struct stat facts{};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0700U);
    EXPECT_THAT(make_lock_directory(path, ::geteuid()), IsOk()); // and is there for the next
}

TEST_F(LockDirectoryTest, ThatIsAnotherOneInEachDirectoryIsRefused) {
    EXPECT_THAT(make_lock_directory("locks", ::geteuid()), IsErrorWith("no absolute path"));
}

TEST_F(LockDirectoryTest, OfSomebodyElseIsRefused) {
    EXPECT_THAT(make_lock_directory(dir->path() / "theirs", somebody_else),
                IsErrorWith("not to user 4242"));
}

TEST_F(LockDirectoryTest, ThatOthersMayWriteToIsRefused) {
    ASSERT_EQ(::chmod(dir->path().c_str(), 0777), 0);
    EXPECT_THAT(make_lock_directory(dir->path(), ::geteuid()), IsErrorWith("chmod 700"));
}

// A link in /tmp may be anybody's, and lead anywhere.
TEST_F(LockDirectoryTest, ThatIsALinkOrAFileIsRefused) {
    std::filesystem::create_directory(dir->path() / "real");
    std::filesystem::create_symlink(dir->path() / "real", dir->path() / "link");
    std::ofstream(dir->path() / "file") << "x";
    for (const auto* name : {"link", "file"}) {
        EXPECT_THAT(make_lock_directory(dir->path() / name, ::geteuid()),
                    IsErrorWith("is not a directory"));
    }
}

TEST(LockDirectory, IsNotOnAFileSystemOfSeveralHosts) {
    for (const auto magic : std::initializer_list<unsigned long>{
             NFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC}) {
        EXPECT_TRUE(is_shared_between_hosts(file_system_name(magic)));
    }
    for (const auto magic : std::initializer_list<unsigned long>{
             TMPFS_MAGIC, EXT4_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC}) {
        EXPECT_FALSE(is_shared_between_hosts(file_system_name(magic)));
    }
}

} // namespace ktstr::host
