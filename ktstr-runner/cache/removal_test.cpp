#include "ktstr-runner/cache/names.hpp"
#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/cache/test_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace ktstr::cache {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(CacheTest, WhatIsUsedStays) {
    const auto marker = root() / "key/marker";
    write(marker, "");
    {
        auto first = use(marker);
        const auto second = use(marker); // users do not exclude each other
        ASSERT_TRUE(first && *first && second && *second);
        EXPECT_TRUE(is_used(marker));
        EXPECT_EQ(remove_unused(root(), root() / "key", marker), Removal::in_use);
        EXPECT_TRUE(std::filesystem::exists(marker));
    }
    EXPECT_FALSE(is_used(marker));
    EXPECT_EQ(remove_unused(root(), root() / "key", marker), Removal::removed);
    EXPECT_THAT(names_in(root()), IsEmpty());
    EXPECT_FALSE(use(marker).value().has_value());
}

TEST_F(CacheTest, WhatHasNoMarkerIsRemovedAsItIs) {
    write(root() / "key/file", "half");
    EXPECT_EQ(remove_unused(root(), root() / "key", root() / "key/marker"), Removal::removed);
    EXPECT_FALSE(std::filesystem::exists(root() / "key"));
    EXPECT_EQ(remove_unused(root(), root() / "key", root() / "key/marker"), Removal::failed);
}

TEST_F(CacheTest, UseIsDatedByTheMarker) {
    const auto marker = root() / "key/marker";
    EXPECT_EQ(used_at(marker), 0);
    mark_used(marker); // nothing there: nothing made
    EXPECT_FALSE(std::filesystem::exists(marker));
    write(marker, "");
    const timespec times[2]{{.tv_sec = 1000}, {.tv_sec = 1000}};
    ASSERT_EQ(::utimensat(AT_FDCWD, marker.c_str(), times, 0), 0);
    EXPECT_EQ(used_at(marker), 1000);
    mark_used(marker);
    EXPECT_GT(used_at(marker), 1'600'000'000);
}

TEST_F(CacheTest, LocksOfKeysThatAreMadeOrThereStay) {
    write(root() / "there/marker", "");
    for (const auto* key : {"there", "made", "gone"}) {
        write(root() / locks_name / key, "");
    }
    const auto maker =
        FileLock::try_acquire(root() / locks_name / "made", FileLock::Mode::exclusive);
    ASSERT_TRUE(maker && *maker);
    remove_old_locks(root());
    EXPECT_THAT(names_in(root() / locks_name), UnorderedElementsAre("there", "made"));
}

TEST_F(CacheTest, BytesAreThoseOfAllBelow) {
    const auto empty = bytes_on_disk(root());
    write(root() / "a/b/file", std::string(64 << 10, 'x'));
    EXPECT_GE(bytes_on_disk(root()), empty + (64 << 10));
    EXPECT_EQ(bytes_on_disk(root() / "missing"), 0U);
}

} // namespace ktstr::cache
