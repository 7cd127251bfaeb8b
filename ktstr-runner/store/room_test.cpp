#include "ktstr-runner/store/room.hpp"
#include "ktstr-runner/store/test_support.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace ktstr::store {

namespace {

class RoomTest : public StoreTest {
protected:
    void TearDown() override {
        ::unsetenv("KTSTR_KERNELS_MAX");
        StoreTest::TearDown();
    }

    void used(const std::string& key, std::int64_t seconds) const {
        const timespec times[2]{{.tv_sec = seconds}, {.tv_sec = seconds}};
        ASSERT_EQ(::utimensat(AT_FDCWD, (root() / key / "metadata.json").c_str(), times, 0), 0);
    }

    bool there(const std::string& key) const { return std::filesystem::exists(root() / key); }
};

} // namespace

TEST_F(RoomTest, CommitRemovesWhatWasNotUsedForTheLongestTime) {
    for (const auto* release : {"6.1", "6.2", "6.3"}) {
        ASSERT_THAT(add(release, "x86_64"), IsOk());
    }
    used("6.1-x", 3000);
    used("6.2-x", 1000);
    used("6.3-x", 2000);
    ::setenv("KTSTR_KERNELS_MAX", "1B", 1);
    const auto in_use = use(find("6.3-x").value().value());
    ASSERT_THAT(in_use, IsOk());
    ASSERT_THAT(add("6.4", "x86_64"), IsOk());
    EXPECT_FALSE(there("6.1-x"));
    EXPECT_FALSE(there("6.2-x"));
    EXPECT_TRUE(there("6.3-x")) << "in use";
    EXPECT_TRUE(there("6.4-x")) << "the one just made";
}

TEST_F(RoomTest, NoMoreThanItTakes) {
    ASSERT_THAT(add("6.1", "x86_64"), IsOk());
    ASSERT_THAT(add("6.2", "x86_64"), IsOk());
    used("6.1-x", 1000);
    used("6.2-x", 2000);
    ::setenv("KTSTR_KERNELS_MAX", "1M", 1);
    ASSERT_THAT(add("6.3", "x86_64"), IsOk());
    EXPECT_TRUE(there("6.1-x"));
}

TEST_F(RoomTest, ANonsenseCapIsSaidBeforeTheWork) {
    ::setenv("KTSTR_KERNELS_MAX", "much", 1);
    EXPECT_THAT(Draft::begin("k"), IsErrorWith("KTSTR_KERNELS_MAX: \"much\" is not a size"));
}

} // namespace ktstr::store
