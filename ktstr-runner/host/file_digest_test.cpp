#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/sha256.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/file_digest.hpp"

namespace ktstr::host {
namespace {

class FileDigestTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("digest");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        file = dir->path() / "file";
        ASSERT_THAT(write_file_atomically(file, "one"), IsOk());
        cache.emplace(dir->path() / "facts");
    }

    std::optional<TempDir> dir;
    std::filesystem::path file;
    std::optional<FactCache> cache;
};

TEST_F(FileDigestTest, IsThatOfTheContents) {
    EXPECT_EQ(file_digest(file, *cache).value_or(""), sha256_of("one"));
    EXPECT_EQ(file_digest(file, *cache).value_or(""), sha256_of("one"));
}

TEST_F(FileDigestTest, FollowsAChangeThatHidesItself) {
    ASSERT_THAT(file_digest(file, *cache), IsOk());
    const auto time = std::filesystem::last_write_time(file);
    ASSERT_THAT(write_file_atomically(file, "two"), IsOk());
    std::filesystem::last_write_time(file, time);
    EXPECT_EQ(file_digest(file, *cache).value_or(""), sha256_of("two"));
}

TEST_F(FileDigestTest, IsRemembered) {
    ASSERT_THAT(file_digest(file, *cache), IsOk());
    const auto identity = file_identity(file);
    ASSERT_THAT(identity, IsOk());
    cache->remember("digest-" + sha256_of(file.string()).substr(0, 16), *identity, "remembered");
    EXPECT_EQ(file_digest(file, *cache).value_or(""), "remembered");
}

TEST_F(FileDigestTest, NamesAMissingFile) {
    EXPECT_THAT(file_digest(dir->path() / "none", *cache), IsErrorWith("none"));
}

} // namespace
} // namespace ktstr::host
