#include "ktstr-runner/cache/removal.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace ktstr::store {

namespace {

class UseTest : public StoreTest {
protected:
    Entry entry() const { return find("6.12-x").value().value(); }

    static void date(const std::filesystem::path& path, std::int64_t seconds) {
        const timespec times[2]{{.tv_sec = seconds}, {.tv_sec = seconds}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }

    // Other contents of the same size.
    void change_image() const {
        auto image = fake_bzimage("6.12");
        image.back() = 'x';
        write(root() / "6.12-x/image", image);
    }
};

} // namespace

TEST_F(UseTest, LocksAndMarks) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    const auto marker = root() / "6.12-x/metadata.json";
    date(marker, 1000);
    EXPECT_EQ(entry().used_at, 1000);
    {
        const auto used = use(entry());
        ASSERT_THAT(used, IsOk());
        EXPECT_TRUE(cache::is_used(marker));
    }
    EXPECT_FALSE(cache::is_used(marker));
    EXPECT_GT(entry().used_at, 1'600'000'000);
}

TEST_F(UseTest, AnImageOutsideTheStoreNeedsNoLock) {
    const auto used = use(Entry{.image = "/boot/vmlinuz"});
    ASSERT_THAT(used, IsOk());
    EXPECT_FALSE(used->has_value());
}

TEST_F(UseTest, ARemovedEntryIsSaidToBe) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    const auto before = entry();
    std::filesystem::remove_all(root() / "6.12-x");
    EXPECT_THAT(use(before), IsErrorWith("6.12-x was removed just now"));
}

TEST_F(UseTest, AnotherTimeIsADoubtThatTheDigestSettlesOnce) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    const auto recorded = entry().modified.at("image");
    date(root() / "6.12-x/image", 1000);
    EXPECT_THAT(use(entry()), IsOk());
    struct stat status{};
    ASSERT_EQ(::stat((root() / "6.12-x/image").c_str(), &status), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, recorded / 1'000'000'000) << "not read the next time";
}

TEST_F(UseTest, ChangedContentsAreRefused) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    change_image();
    EXPECT_THAT(use(entry()), IsErrorWith("image: its contents have changed"));
    EXPECT_THAT(use(entry()), IsErrorWith("`cargo ktstr kernel clean 6.12-x` removes it"));
}

TEST_F(UseTest, WhatAnOlderKtstrMadeHasNoTimes) {
    ASSERT_THAT(add("6.12", "x86_64"), IsOk());
    auto old = entry();
    old.modified.clear();
    change_image();
    EXPECT_THAT(use(old), IsOk());
}

} // namespace ktstr::store
