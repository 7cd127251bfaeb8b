#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/lock.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

namespace ktstr {

namespace {

std::size_t entries(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

TEST(AtomicFile, AppearsOnlyOnCommit) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    const auto path = folder->path() / "a.json";
    {
        auto file = AtomicFile::create(path);
        ASSERT_THAT(file, IsOk());
        ASSERT_THAT(file->write("half"), IsOk());
        EXPECT_FALSE(std::filesystem::exists(path));
    }
    EXPECT_EQ(entries(folder->path()), 0U);
    ASSERT_THAT(write_file_atomically(path, "whole"), IsOk());
    EXPECT_EQ(read_file(path).value_or(""), "whole");
    EXPECT_EQ(entries(folder->path()), 1U);
}

TEST(AtomicFile, CommitNewNeverReplaces) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    const auto path = folder->path() / "a.json";
    for (const auto expected : {true, false}) {
        auto file = AtomicFile::create(path);
        ASSERT_THAT(file, IsOk());
        ASSERT_THAT(file->write(expected ? "first" : "second"), IsOk());
        EXPECT_EQ(file->commit_new().value_or(!expected), expected);
    }
    EXPECT_EQ(read_file(path).value_or(""), "first");
    EXPECT_EQ(entries(folder->path()), 1U);
}

TEST(AtomicFile, NamesADirectoryItCannotWrite) {
    EXPECT_THAT(write_file_atomically("/no/such/dir/x", ""), IsErrorWith("/no/such/dir"));
}

TEST(FileLock, ExcludesASecondHolderUntilReleased) {
    const auto folder = TempDir::create("ktstr-test");
    ASSERT_THAT(folder, IsOk());
    const auto path = folder->path() / "lock";
    {
        const auto held = FileLock::acquire(path, FileLock::Mode::exclusive);
        ASSERT_THAT(held, IsOk());
        const auto second = FileLock::try_acquire(path, FileLock::Mode::shared);
        ASSERT_THAT(second, IsOk());
        EXPECT_FALSE(second->has_value());
    }
    const auto third = FileLock::try_acquire(path, FileLock::Mode::shared);
    ASSERT_THAT(third, IsOk());
    EXPECT_TRUE(third->has_value());
}

} // namespace ktstr
