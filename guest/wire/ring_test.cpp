#include "guest/wire/ring.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstring>
#include <thread>

namespace ktstr::wire {

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

template <std::size_t Size> struct Ring {
    RingControl control;
    std::array<std::byte, Size> data{};
    RingWriter writer{&control, data};
    RingReader reader{&control, data};
};

} // namespace

TEST(Ring, GivesFramesInOrderAndThenNothing) {
    Ring<256> ring;
    EXPECT_FALSE(ring.reader.read());
    ASSERT_TRUE(ring.writer.write(FrameType::out, bytes_of("one")));
    ASSERT_TRUE(ring.writer.write(FrameType::ready, {}));
    const auto first = ring.reader.read();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, FrameType::out);
    EXPECT_EQ(first->body, "one");
    const auto second = ring.reader.read();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->type, FrameType::ready);
    EXPECT_EQ(second->body, "");
    EXPECT_FALSE(ring.reader.read());
}

TEST(Ring, RoomIsExactlyWhatFits) {
    Ring<64> ring;
    ASSERT_EQ(ring.writer.room(), 56U);
    EXPECT_FALSE(ring.writer.write(FrameType::out, bytes_of(std::string(57, 'x'))));
    EXPECT_TRUE(ring.writer.write(FrameType::out, bytes_of(std::string(40, 'x'))));
    EXPECT_EQ(ring.writer.room(), 8U);
    EXPECT_TRUE(ring.writer.write(FrameType::out, bytes_of(std::string(8, 'y'))));
    EXPECT_EQ(ring.writer.room(), 0U);
    EXPECT_FALSE(ring.writer.write(FrameType::out, {}));
    ASSERT_TRUE(ring.reader.read());
    EXPECT_EQ(ring.writer.room(), 40U);
}

TEST(Ring, AWriterThatLooksSeesWhatWasTakenUntilThen) {
    Ring<64> ring;
    ring.writer.look();
    ASSERT_TRUE(ring.writer.write(FrameType::out, bytes_of(std::string(40, 'x'))));
    ASSERT_TRUE(ring.reader.read());
    EXPECT_EQ(ring.writer.room(), 8U);
    EXPECT_FALSE(ring.writer.write(FrameType::out, bytes_of(std::string(9, 'y'))));
    ring.writer.look();
    EXPECT_EQ(ring.writer.room(), 56U);
    EXPECT_TRUE(ring.writer.write(FrameType::out, bytes_of(std::string(9, 'y'))));
}

TEST(Ring, FramesSurviveTheWrapAtEveryOffset) {
    Ring<61> ring; // prime: every offset comes up
    for (std::size_t i = 0; i < 500; ++i) {
        const std::string body(i % 50, static_cast<char>('a' + i % 26));
        ASSERT_TRUE(ring.writer.write(FrameType::err, bytes_of(body))) << i;
        const auto frame = ring.reader.read();
        ASSERT_TRUE(frame) << i;
        ASSERT_EQ(frame->type, FrameType::err);
        ASSERT_EQ(frame->body, body);
    }
}

TEST(Ring, BodyAboveTheLimitIsNotWritten) {
    RingControl control;
    std::vector<std::byte> data(2 * std::size_t{max_frame_body});
    RingWriter writer(&control, data);
    EXPECT_EQ(writer.room(), max_frame_body);
    EXPECT_FALSE(writer.write(FrameType::out, bytes_of(std::string(max_frame_body + 1, 'x'))));
    EXPECT_TRUE(writer.write(FrameType::out, bytes_of(std::string(max_frame_body, 'x'))));
}

TEST(Ring, FrameThatIsNotWholeIsNotGiven) {
    Ring<64> ring;
    ASSERT_TRUE(ring.writer.write(FrameType::out, bytes_of("0123456789")));
    ring.control.write -= 1; // as if the peer had died before the last byte
    EXPECT_FALSE(ring.reader.read());
    ring.control.write = 4; // half a header
    EXPECT_FALSE(ring.reader.read());
}

TEST(Ring, HostileIndicesAndLengthsAreHarmless) {
    Ring<64> ring;
    ring.control.write = 1'000'000; // more than a ring holds
    EXPECT_FALSE(ring.reader.read());
    EXPECT_EQ(ring.writer.room(), 0U);
    EXPECT_FALSE(ring.writer.write(FrameType::out, {}));
    ring.control.write = 0;
    ring.control.read = 8; // read ahead of write
    EXPECT_FALSE(ring.reader.read());
    EXPECT_FALSE(ring.writer.write(FrameType::out, {}));
    ring.control = {};
    const FrameHeader liar{.type = 16, .length = 0xFFFFFFFF};
    std::memcpy(ring.data.data(), &liar, sizeof liar);
    ring.control.write = 64;
    EXPECT_FALSE(ring.reader.read());
}

TEST(Ring, ProducerAndConsumerMayRunAtOnce) {
    Ring<509> ring;
    constexpr std::uint32_t frames = 20'000;
    std::jthread producer([&] {
        for (std::uint32_t i = 0; i < frames; ++i) {
            const std::string body(i % 200, static_cast<char>('a' + i % 26));
            while (!ring.writer.write(FrameType::out, bytes_of(body))) {
                std::this_thread::yield();
            }
        }
    });
    for (std::uint32_t i = 0; i < frames; ++i) {
        auto frame = ring.reader.read();
        while (!frame) {
            std::this_thread::yield();
            frame = ring.reader.read();
        }
        // No ASSERT: leaving now would wait for the producer for ever.
        EXPECT_EQ(frame->body, std::string(i % 200, static_cast<char>('a' + i % 26))) << i;
    }
}

} // namespace ktstr::wire
