#include "guest/agent/window.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace ktstr::guest {
namespace {

using testing::HasSubstr;
using testing::Optional;

constexpr std::size_t window_size = wire::layout::payload + 4096;

class WindowTest : public testing::Test {
protected:
    WindowTest() { header().window_size = window_size; }

    wire::Header& header() { return *reinterpret_cast<wire::Header*>(memory_.data()); }

    std::vector<std::byte> memory_ = [] {
        std::vector<std::byte> memory(window_size);
        const wire::Header fresh;
        std::memcpy(memory.data(), &fresh, sizeof fresh);
        return memory;
    }();
    Window window_{memory_};
};

TEST(WindowRange, IsReadFromTheCommandLine) {
    const auto range =
        parse_window_range("console=ttyS0 ktstr.window=0x20000000,0x10000000 quiet\n");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->base, 0x2000'0000U);
    EXPECT_EQ(range->size, 0x1000'0000U);
}

TEST(WindowRange, IsAbsentWhenItMakesNoSense) {
    for (const auto* text : {"",
                             "quiet",
                             "xktstr.window=0x20000000,0x10000000",
                             "ktstr.window=0x20000000",
                             "ktstr.window=20000000,10000000",
                             "ktstr.window=0x2000000g,0x10000000",
                             "ktstr.window=0x20000000,0x1000",
                             "ktstr.window=0xffffffffffffff00,0x10000000"}) {
        EXPECT_FALSE(parse_window_range(text)) << text;
    }
}

TEST_F(WindowTest, IsGoodAsTheHostMakesIt) {
    EXPECT_EQ(window_.check(), std::nullopt);
    EXPECT_FALSE(window_.job_is_there());
}

TEST_F(WindowTest, RingsForEveryFrameWhereThereIsADoorbell) {
    Channel channel(window_);
    volatile std::uint32_t doorbell = 0;
    EXPECT_FALSE(window_.has_doorbell());
    EXPECT_TRUE(channel.send(wire::FrameType::out, "unheard", 0));
    header().doorbell = 1;
    EXPECT_TRUE(window_.has_doorbell());
    window_.set_doorbell(&doorbell);
    EXPECT_TRUE(channel.send(wire::FrameType::out, "heard", 0));
    EXPECT_EQ(doorbell, 1U);
    doorbell = 0;
    EXPECT_FALSE(channel.send(wire::FrameType::out, std::string(wire::max_frame_body + 1, 'x'), 0));
    EXPECT_EQ(doorbell, 0U);
}

TEST_F(WindowTest, SaysWhatIsWrongWithTheHeader) {
    header().window_size = 1;
    EXPECT_THAT(window_.check(), Optional(HasSubstr("1 bytes")));
    header().version = 9;
    EXPECT_THAT(window_.check(), Optional(HasSubstr("version 9")));
    header().magic = 0;
    EXPECT_THAT(window_.check(), Optional(HasSubstr("no header")));
}

TEST_F(WindowTest, GivesTheJobAndThePayload) {
    std::memcpy(memory_.data() + wire::layout::job, "{}", 2);
    std::memcpy(memory_.data() + wire::layout::payload, "cpio", 4);
    header().job_size = 2;
    header().payload_size = 4;
    header().job_state = static_cast<std::uint32_t>(wire::SlotState::committed);
    EXPECT_TRUE(window_.job_is_there());
    EXPECT_EQ(window_.job(), "{}");
    EXPECT_EQ(window_.payload().size(), 4U);
}

TEST_F(WindowTest, GivesNothingForSizesThatCannotBe) {
    header().job_size = wire::layout::job_capacity + 1;
    header().payload_size = window_size - wire::layout::payload + 1;
    EXPECT_EQ(window_.job(), "");
    EXPECT_TRUE(window_.payload().empty());
}

TEST_F(WindowTest, KeepsRoomForControlFramesWhenOutputFillsTheRing) {
    Channel channel(window_);
    const std::string chunk(64U << 10, 'x');
    while (channel.output_room() > 0) {
        const auto size = std::min(channel.output_room(), chunk.size());
        ASSERT_TRUE(channel.send(wire::FrameType::out, std::string_view(chunk).substr(0, size), 0));
    }
    EXPECT_TRUE(channel.send(wire::FrameType::diagnosis, std::string(128U << 10, 'd'), 0));
}

// A host that takes frames at any time, and one that does so when it is waited for.
TEST_F(WindowTest, InLockstepHasRoomOnlyWhenTheHostIsWaitedFor) {
    header().lockstep = 1;
    Channel channel(window_);
    const std::string chunk(wire::max_frame_body, 'x');
    for (int i = 0; i < 3; ++i) { // the ring has no room for a fourth
        ASSERT_TRUE(channel.send(wire::FrameType::out, chunk, 0));
    }
    const std::atomic_ref waiting(header().waiting);
    wire::RingReader host(
        reinterpret_cast<wire::RingControl*>(memory_.data() + wire::layout::to_host_control),
        std::span(memory_).subspan(wire::layout::to_host_ring, wire::layout::to_host_size));
    std::uint32_t wanted = 0;
    std::thread thread([&] {
        while ((wanted = waiting.load()) == 0) {
        }
        while (host.read()) {
        }
        waiting = 0;
    });
    EXPECT_TRUE(channel.send(wire::FrameType::out, chunk));
    thread.join();
    EXPECT_EQ(wanted, static_cast<std::uint32_t>(wire::Waiting::room));
    EXPECT_EQ(channel.output_room(), 768U << 10);
}

TEST_F(WindowTest, GivesUpOnAHostThatDoesNotRead) {
    Channel channel(window_);
    const std::string chunk(wire::max_frame_body, 'x');
    while (channel.send(wire::FrameType::log, chunk, 0)) {
    }
    EXPECT_FALSE(channel.send(wire::FrameType::log, chunk, 1));
}

} // namespace
} // namespace ktstr::guest
