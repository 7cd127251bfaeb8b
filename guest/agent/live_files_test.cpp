#include "guest/agent/live_files.hpp"
#include "guest/agent/test_channel.hpp"
#include "guest/base/test_dir.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ktstr::guest {
namespace {

class LiveFilesTest : public ChannelTest {
protected:
    std::optional<wire::FilePages> told() {
        const auto frame = host_.read();
        return frame && frame->type == wire::FrameType::file_pages
                   ? wire::parse<wire::FilePages>(frame->body)
                   : std::nullopt;
    }

    static std::uint64_t pages(const wire::FilePages& file) {
        std::uint64_t sum = 0;
        for (const auto& range : file.frames) {
            sum += range.count;
        }
        return sum;
    }

    // Where frames are not told to this user there is nothing to send.
    static bool frames_are_known() {
        const std::string here = "x";
        return page_frames(here.data(), 1).has_value();
    }

    TestDir dir_;
};

TEST_F(LiveFilesTest, TellsOfWhatIsThereAndOfWhatIsWritten) {
    if (!frames_are_known()) {
        GTEST_SKIP() << "page frames are for root";
    }
    dir_.write("a.profraw", std::string(5000, 'a'));
    LiveFiles files({dir_.path() + "/*.profraw"}, channel_);
    const auto first = told();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->path, dir_.path() + "/a.profraw");
    EXPECT_EQ(first->size, 5000U);
    EXPECT_EQ(pages(*first), 2U);
    dir_.write("b.profraw", "b");
    dir_.write("b.txt", "b");
    dir_.write("empty.profraw", "");
    files.look();
    EXPECT_TRUE(files.is_owing());
    EXPECT_FALSE(host_.read()); // it may be written to still
    while (files.is_owing()) {
        files.look();
    }
    const auto second = told();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->path, dir_.path() + "/b.profraw");
    EXPECT_FALSE(host_.read());
}

TEST_F(LiveFilesTest, TheFramesAreThoseThatTheProgramWritesTo) {
    if (!frames_are_known()) {
        GTEST_SKIP() << "page frames are for root";
    }
    dir_.write("a.profraw", std::string(3 * 4096, 'a'));
    const LiveFiles files({dir_.path() + "/a.profraw"}, channel_);
    const Fd fd(::open((dir_.path() + "/a.profraw").c_str(), O_RDWR | O_CLOEXEC));
    constexpr std::size_t size = 3 * 4096;
    auto* const mapped =
        static_cast<char*>(::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0));
    ASSERT_NE(mapped, MAP_FAILED);
    for (std::size_t at = 0; at < size; at += 4096) {
        ++mapped[at];
    }
    const auto of_program = page_frames(mapped, size);
    const auto said = told();
    ASSERT_TRUE(said && of_program);
    ASSERT_EQ(said->frames.size(), of_program->size());
    for (std::size_t i = 0; i < of_program->size(); ++i) {
        EXPECT_EQ(said->frames[i].first, (*of_program)[i].first);
        EXPECT_EQ(said->frames[i].count, (*of_program)[i].count);
    }
    ::munmap(mapped, size);
}

TEST_F(LiveFilesTest, WithoutPatternsThereIsNothingToPoll) {
    const LiveFiles files({}, channel_);
    EXPECT_EQ(files.fd(), -1);
    EXPECT_FALSE(host_.read());
}

} // namespace
} // namespace ktstr::guest
