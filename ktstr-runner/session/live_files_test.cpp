#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/session/live_files.hpp"

#include <algorithm>

namespace ktstr::session {

namespace {

constexpr std::uint64_t page = 4096;

class LiveFilesTest : public testing::Test {
protected:
    LiveFilesTest() {
        for (std::size_t i = 0; i < memory_.size(); ++i) {
            memory_[i] = static_cast<std::byte>(i / page);
        }
    }

    Result<> add(std::uint64_t size, std::vector<wire::PageRange> frames, std::string path = "/f") {
        return live_.add(wire::dump(
            wire::FilePages{.path = std::move(path), .size = size, .frames = std::move(frames)}));
    }

    void take() {
        live_.take(
            [this](std::uint64_t physical, std::span<std::byte> into, Deadline) -> Result<> {
                ++reads_;
                if (physical + into.size() > memory_.size()) {
                    return fail(ErrorKind::guest, "no memory there");
                }
                std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(physical),
                            into.size(),
                            into.begin());
                return {};
            },
            files_,
            deadline_);
    }

    std::string content() const { return read_file(folder_->path() / "f").value_or("(absent)"); }

    std::vector<std::byte> memory_ = std::vector<std::byte>(8 * page);
    Result<TempDir> folder_ = TempDir::create("ktstr-test");
    ReturnedFiles files_{[this](const std::string& name) {
        return folder_->path() / std::filesystem::path(name).filename();
    }};
    LiveFiles live_;
    Deadline deadline_ = Deadline::never();
    int reads_ = 0;
};

TEST_F(LiveFilesTest, ReadsPagesInTheFilesOrder) {
    ASSERT_THAT(add(2 * page + 3,
                    {
                        {.first = 5, .count = 1},
                        {.first = 2, .count = 2}
    }),
                IsOk());
    take();
    EXPECT_EQ(content(),
              std::string(page, '\x05') + std::string(page, '\x02') + std::string(3, '\x03'));
    EXPECT_EQ(files_.kept(), 1U);
    EXPECT_TRUE(live_.empty());
}

TEST_F(LiveFilesTest, WhatCameBackIsNotReadAgain) {
    ASSERT_THAT(add(1,
                    {
                        {.first = 1, .count = 1}
    }),
                IsOk());
    live_.forget("/f");
    live_.forget("/none");
    take();
    EXPECT_EQ(content(), "(absent)");
    EXPECT_EQ(files_.kept() + files_.lost(), 0U);
}

TEST_F(LiveFilesTest, TheLastWordOnAFileHolds) {
    ASSERT_THAT(add(1,
                    {
                        {.first = 1, .count = 1}
    }),
                IsOk());
    ASSERT_THAT(add(1,
                    {
                        {.first = 4, .count = 1}
    }),
                IsOk());
    take();
    EXPECT_EQ(content(), "\x04");
}

TEST_F(LiveFilesTest, FramesThatCannotBeAreTheGuestsError) {
    EXPECT_FALSE(add(page + 1,
                     {
                         {.first = 1, .count = 1}
    }));
    EXPECT_FALSE(add(page,
                     {
                         {.first = 1, .count = 2}
    }));
    EXPECT_FALSE(add(page,
                     {
                         {.first = 1, .count = 0},
                         {.first = 1, .count = 1}
    }));
    EXPECT_FALSE(add(0, {}));
    EXPECT_FALSE(add(page,
                     {
                         {.first = ~0ULL, .count = 1}
    }));
    EXPECT_FALSE(add(~0ULL,
                     {
                         {.first = 1, .count = ~0ULL}
    }));
    EXPECT_FALSE(add(LiveFiles::largest_file + 1, {}));
    EXPECT_FALSE(add(1,
                     {
                         {.first = 1, .count = 1}
    },
                     std::string(10'000, 'x')));
    EXPECT_FALSE(live_.add("[]"));
    EXPECT_TRUE(live_.empty());
}

TEST_F(LiveFilesTest, FramesOutsideOfTheMemoryLoseTheFileAndThatIsSaid) {
    ASSERT_THAT(add(page,
                    {
                        {.first = 8, .count = 1}
    }),
                IsOk());
    take();
    EXPECT_EQ(content(), "(absent)");
    EXPECT_EQ(files_.lost(), 1U);
    ASSERT_EQ(files_.notes().size(), 1U);
    EXPECT_THAT(files_.notes()[0], testing::HasSubstr("the guest died, and no memory there"));
}

TEST_F(LiveFilesTest, WhatCannotBeReadOnceIsNotTriedAgain) {
    ASSERT_THAT(add(page,
                    {
                        {.first = 8, .count = 1}
    },
                    "/a"),
                IsOk());
    ASSERT_THAT(add(page,
                    {
                        {.first = 1, .count = 1}
    },
                    "/f"),
                IsOk());
    take();
    EXPECT_EQ(reads_, 1);
    EXPECT_EQ(files_.lost(), 2U);
    EXPECT_EQ(content(), "(absent)");
}

TEST_F(LiveFilesTest, AtTheDeadlineTheRestIsLost) {
    ASSERT_THAT(add(page,
                    {
                        {.first = 1, .count = 1}
    }),
                IsOk());
    deadline_ = Deadline::in(std::chrono::seconds(0));
    take();
    EXPECT_EQ(reads_, 0);
    EXPECT_EQ(files_.lost(), 1U);
}

TEST_F(LiveFilesTest, AFileWithoutKnownPagesIsLost) {
    ASSERT_THAT(add(page, {}), IsOk());
    EXPECT_TRUE(live_.knows("/f"));
    take();
    EXPECT_EQ(files_.lost(), 1U);
    ASSERT_EQ(files_.notes().size(), 1U);
    EXPECT_THAT(files_.notes()[0], testing::HasSubstr("its pages are not known"));
}

TEST_F(LiveFilesTest, AHostileGuestFillsNoMemory) {
    for (std::size_t i = 0; i < 2 * LiveFiles::most_files; ++i) {
        ASSERT_THAT(add(1,
                        {
                            {.first = 1, .count = 1}
        },
                        "/" + std::to_string(i)),
                    IsOk());
    }
    take();
    EXPECT_EQ(files_.kept(), LiveFiles::most_files);
}

} // namespace

} // namespace ktstr::session
