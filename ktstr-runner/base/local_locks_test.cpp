#include "ktstr-runner/base/local_locks.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ktstr {

namespace {

// As Linux 6.1 writes it; the second has an optional field, the last is not whole.
constexpr std::string_view mountinfo =
    "30 1 0:28 / / rw,relatime shared:1 - ext4 /dev/vda rw,local_lock=all\n"
    "39 30 0:34 / /mnt/a rw,relatime shared:7 - nfs host:/x "
    "rw,vers=3,hard,nolock,proto=tcp,local_lock=all,addr=10.0.0.1\n"
    "40 30 0:35 / /mnt/b rw,relatime - nfs host:/x rw,vers=3,hard,local_lock=flock,addr=10.0.0.1\n"
    "41 30 0:36 / /mnt/c rw,relatime - nfs host:/x rw,vers=3,local_lock=all\n"
    "42 30 0:37 / /mnt/d rw,relatime - nfs host:/x rw,vers=3,local_lock=posix\n"
    "43 30 0:38 / /mnt/nolock rw,relatime - nfs4 host:/nolock rw,vers=4.2,local_lock=none\n"
    "44 30 0:39 / /mnt/e rw -";

} // namespace

TEST(LocalLocks, AreThoseOfTheMountsThatSaySo) {
    EXPECT_EQ(local_lock_option(mountinfo, 39), "nolock");
    EXPECT_EQ(local_lock_option(mountinfo, 40), "local_lock=flock");
    EXPECT_EQ(local_lock_option(mountinfo, 41), "local_lock=all");
}

TEST(LocalLocks, AreNoneWhereTheServerIsAsked) {
    EXPECT_EQ(local_lock_option(mountinfo, 42), std::nullopt);
    EXPECT_EQ(local_lock_option(mountinfo, 43), std::nullopt);
}

TEST(LocalLocks, AreNoneWhereNothingTellsOfThem) {
    EXPECT_EQ(local_lock_option(mountinfo, 44), std::nullopt);
    EXPECT_EQ(local_lock_option(mountinfo, 45), std::nullopt);
    EXPECT_EQ(local_lock_option("", 1), std::nullopt);
}

TEST(LocalLocks, OfTheHostsOwnFileSystemsAreGood) {
    const auto dir = TempDir::create("local-locks");
    ASSERT_THAT(dir, IsOk());
    EXPECT_THAT(refuse_local_locks(dir->path()), IsOk());
    EXPECT_THAT(refuse_local_locks(dir->path() / "missing"), IsOk());
}

} // namespace ktstr
