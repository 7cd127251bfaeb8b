#include "guest/agent/streams.hpp"
#include "guest/agent/test_channel.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace ktstr::guest {
namespace {

class StreamsTest : public ChannelTest {
protected:
    StreamsTest() {
        ::fcntl(pipe_.read.get(), F_SETFL, O_NONBLOCK);
        ::fcntl(pipe_.write.get(), F_SETFL, O_NONBLOCK);
    }

    void write(std::string_view text) {
        ASSERT_EQ(::write(pipe_.write.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }

    std::string read_all() {
        std::string text(1U << 20, '\0');
        const auto got = ::read(pipe_.read.get(), text.data(), text.size());
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return text;
    }

    Pipe pipe_ = make_pipe();
};

TEST_F(StreamsTest, OutputBecomesFramesUntilTheEnd) {
    OutputStream out(std::move(pipe_.read), wire::FrameType::err);
    write("hello");
    out.pump(channel_);
    EXPECT_TRUE(out.is_open());
    pipe_.write.reset();
    out.pump(channel_);
    EXPECT_FALSE(out.is_open());
    EXPECT_EQ(out.bytes(), 5U);
    const auto frame = host_.read();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->type, wire::FrameType::err);
    EXPECT_EQ(frame->body, "hello");
    EXPECT_FALSE(host_.read());
}

TEST_F(StreamsTest, OutputStaysInThePipeWhileTheRingIsFull) {
    const std::string chunk(64U << 10, 'x');
    while (channel_.output_room() > 0) {
        channel_.send(
            wire::FrameType::log, std::string_view(chunk).substr(0, channel_.output_room()), 0);
    }
    OutputStream out(std::move(pipe_.read), wire::FrameType::out);
    write("late");
    out.note_owed();
    out.pump(channel_);
    EXPECT_EQ(out.bytes(), 0U);
    EXPECT_FALSE(out.all_owed_read());
    while (host_.read()) {
    }
    out.pump(channel_);
    EXPECT_EQ(out.bytes(), 4U);
    EXPECT_TRUE(out.all_owed_read());
    EXPECT_TRUE(out.is_open());
}

TEST_F(StreamsTest, InputGoesOnWhenThePipeTakesMore) {
    InputStream in(std::move(pipe_.write));
    const std::string big(100'000, 'i');
    in.add(big);
    EXPECT_GE(in.fd(), 0);
    in.end();
    EXPECT_FALSE(in.wants_more());
    auto got = read_all();
    in.pump();
    EXPECT_EQ(in.fd(), -1);
    got += read_all();
    EXPECT_EQ(got, big);
}

TEST_F(StreamsTest, InputIsFullBeforeItHoldsWithoutBound) {
    InputStream in(std::move(pipe_.write));
    const std::string chunk(64U << 10, 'i');
    for (int i = 0; i < 15; ++i) {
        in.add(chunk);
        EXPECT_FALSE(in.is_full()) << i;
    }
    for (int i = 0; i < 4; ++i) {
        in.add(chunk);
    }
    EXPECT_TRUE(in.is_full());
}

TEST_F(StreamsTest, InputIsDroppedOnceTheProgramHasClosedIt) {
    ::signal(SIGPIPE, SIG_IGN);
    InputStream in(std::move(pipe_.write));
    pipe_.read.reset();
    in.add("nobody reads this");
    EXPECT_FALSE(in.wants_more());
    EXPECT_EQ(in.fd(), -1);
    EXPECT_FALSE(in.is_full());
}

} // namespace
} // namespace ktstr::guest
