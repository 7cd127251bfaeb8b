#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/window/channel.hpp"

#include <cstring>
#include <random>

namespace ktstr::machine {

namespace {

using wire::FrameType;
namespace layout = wire::layout;

// A window in this process, and the guest's view of it.
class SharedWindow final : public WindowMemory {
public:
    explicit SharedWindow(std::size_t size = layout::payload + 0x10000) : words_(size / 8) {}

    std::uint64_t size() const override { return words_.size() * 8; }

    Result<> read(std::uint64_t offset, std::span<std::byte> into) const override {
        if (offset > size() || into.size() > size() - offset) {
            return fail(ErrorKind::internal, "read outside the window");
        }
        std::memcpy(into.data(), std::as_bytes(std::span(words_)).data() + offset, into.size());
        return {};
    }

    Result<> write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        if (offset > size() || bytes.size() > size() - offset) {
            return fail(ErrorKind::internal, "write outside the window");
        }
        std::memcpy(at(offset), bytes.data(), bytes.size());
        return {};
    }

    std::byte* at(std::uint64_t offset) {
        return std::as_writable_bytes(std::span(words_)).data() + offset;
    }

    wire::RingControl& control(std::uint64_t offset) {
        return *reinterpret_cast<wire::RingControl*>(at(offset));
    }

    const wire::Header& header() {
        return *reinterpret_cast<const wire::Header*>(at(layout::header));
    }

    wire::RingWriter guest_writer() {
        return {
            &control(layout::to_host_control), {at(layout::to_host_ring), layout::to_host_size}
        };
    }

    wire::RingReader guest_reader() {
        return {
            &control(layout::to_guest_control), {at(layout::to_guest_ring), layout::to_guest_size}
        };
    }

private:
    std::vector<std::uint64_t> words_; // aligned as a page would be, for the rings' atomics
};

struct ChannelTest : testing::Test {
    SharedWindow window;
    Channel channel{window};

    void SetUp() override { ASSERT_THAT(channel.format(), IsOk()); }

    void write_raw_frame(std::uint32_t type, std::uint32_t length, std::uint64_t write_index) {
        const wire::FrameHeader header{.type = type, .length = length};
        std::memcpy(window.at(layout::to_host_ring), &header, sizeof header);
        window.control(layout::to_host_control).write = write_index;
    }
};

} // namespace

TEST_F(ChannelTest, FormatsAHeaderThatTheGuestKnows) {
    EXPECT_EQ(std::memcmp(window.at(0), "TKSTRWIN", 8), 0);
    EXPECT_EQ(window.header().version, wire::window_version);
    EXPECT_EQ(window.header().window_size, window.size());
    EXPECT_EQ(window.header().doorbell, 0U);
    EXPECT_EQ(window.header().lockstep, 0U);
    ASSERT_THAT(channel.format({.has_doorbell = true}), IsOk());
    EXPECT_EQ(window.header().doorbell, 1U);
    EXPECT_EQ(window.header().job_state, static_cast<std::uint32_t>(wire::SlotState::empty));
}

TEST_F(ChannelTest, OfALockstepKnowsWhatTheGuestWaitsFor) {
    ASSERT_THAT(channel.format({.lockstep = true}), IsOk());
    EXPECT_EQ(window.header().lockstep, 1U);
    EXPECT_EQ(channel.waiting().value(), wire::Waiting::none);
    const std::uint32_t room = 2;
    std::memcpy(window.at(offsetof(wire::Header, waiting)), &room, sizeof room);
    EXPECT_EQ(channel.waiting().value(), wire::Waiting::room);
    ASSERT_THAT(channel.end_waiting(), IsOk());
    EXPECT_EQ(window.header().waiting, 0U);
}

TEST_F(ChannelTest, HandsOverJobAndPayload) {
    EXPECT_EQ(channel.payload_capacity(), 0x10000U);
    ASSERT_THAT(channel.write_payload(0, bytes_of("abc")), IsOk());
    ASSERT_THAT(channel.write_payload(3, bytes_of("def")), IsOk());
    ASSERT_THAT(channel.set_payload_size(6), IsOk());
    ASSERT_THAT(channel.submit_job("{}"), IsOk());
    EXPECT_EQ(std::memcmp(window.at(layout::payload), "abcdef", 6), 0);
    EXPECT_EQ(std::memcmp(window.at(layout::job), "{}", 2), 0);
    EXPECT_EQ(window.header().payload_size, 6U);
    EXPECT_EQ(window.header().job_size, 2U);
    EXPECT_EQ(window.header().job_state, static_cast<std::uint32_t>(wire::SlotState::committed));
}

TEST_F(ChannelTest, AsksForATrace) {
    EXPECT_EQ(window.header().wants_trace, 0U);
    ASSERT_THAT(channel.want_trace(), IsOk());
    EXPECT_EQ(window.header().wants_trace, 1U);
}

TEST_F(ChannelTest, HandsOverASetupAndTakesItsPayloadAway) {
    ASSERT_THAT(channel.write_payload(0, bytes_of("abcdef")), IsOk());
    ASSERT_THAT(channel.set_payload_size(6), IsOk());
    ASSERT_THAT(channel.submit_setup("{}"), IsOk());
    EXPECT_EQ(std::memcmp(window.at(layout::setup), "{}", 2), 0);
    EXPECT_EQ(window.header().setup_size, 2U);
    EXPECT_EQ(window.header().setup_state, static_cast<std::uint32_t>(wire::SlotState::committed));
    EXPECT_EQ(window.header().job_state, static_cast<std::uint32_t>(wire::SlotState::empty));
    ASSERT_THAT(channel.clear_payload(5), IsOk());
    EXPECT_EQ(std::memcmp(window.at(layout::payload), "\0\0\0\0\0f", 6), 0);
    EXPECT_EQ(window.header().payload_size, 0U);
}

TEST_F(ChannelTest, RefusesWhatDoesNotFit) {
    EXPECT_THAT(channel.write_payload(0xffff, bytes_of("ab")), IsErrorWith("room for 65536 bytes"));
    EXPECT_THAT(channel.write_payload(~0ULL, bytes_of("ab")), IsErrorWith("room for 65536 bytes"));
    EXPECT_THAT(channel.submit_job(std::string(layout::job_capacity + 1, ' ')),
                IsErrorWith("the job is 3145729 bytes long"));
    EXPECT_THAT(channel.submit_setup(std::string(layout::setup_capacity + 1, ' ')),
                IsErrorWith("the setup is 917505 bytes long"));
    EXPECT_THAT(channel.clear_payload(0x10001), IsErrorWith("room for 65536 bytes"));
    EXPECT_THAT(channel.send(FrameType::in, std::string(layout::to_guest_size, ' ')),
                IsErrorWith("never be sent"));
    SharedWindow small(layout::payload);
    EXPECT_THAT(Channel(small).format(), IsErrorWith("no room for a payload"));
}

TEST_F(ChannelTest, ReceivesFramesAcrossTheRingsEnd) {
    auto guest = window.guest_writer();
    std::mt19937 random(7);
    std::uint64_t total = 0;
    for (int i = 0; total < 3 * layout::to_host_size; ++i) {
        std::string body(random() % 300'000, '\0');
        std::generate(body.begin(), body.end(), [&] { return static_cast<char>(random()); });
        ASSERT_TRUE(guest.write(FrameType::out, bytes_of(body)));
        const auto frame = channel.receive();
        ASSERT_THAT(frame, IsOk());
        ASSERT_TRUE(frame->has_value());
        ASSERT_EQ((*frame)->type, FrameType::out);
        ASSERT_EQ((*frame)->body, body) << "frame " << i;
        total += body.size();
    }
    EXPECT_FALSE(channel.receive()->has_value());
}

TEST_F(ChannelTest, EmptiesARingThatIsFull) {
    auto guest = window.guest_writer();
    const std::string body(100'000, 'x');
    int sent = 0;
    while (guest.write(FrameType::err, bytes_of(body))) {
        ++sent;
    }
    EXPECT_EQ(sent, 41);
    for (int i = 0; i < sent; ++i) {
        ASSERT_EQ((*channel.receive())->body.size(), body.size());
    }
    EXPECT_FALSE(channel.receive()->has_value());
    EXPECT_TRUE(guest.write(FrameType::err, bytes_of(body)));
}

TEST_F(ChannelTest, SendsUntilTheGuestsRingIsFull) {
    auto guest = window.guest_reader();
    const std::string body(7'000, 'y');
    for (int round = 0; round < 50; ++round) {
        int sent = 0;
        for (auto more = channel.send(FrameType::in, body); *more;
             more = channel.send(FrameType::in, body)) {
            ++sent;
        }
        EXPECT_EQ(sent, 9);
        for (int i = 0; i < sent; ++i) {
            const auto frame = guest.read();
            ASSERT_TRUE(frame.has_value());
            ASSERT_EQ(frame->body, body);
        }
        EXPECT_FALSE(guest.read().has_value());
    }
}

TEST_F(ChannelTest, RefusesAWriteIndexThatCannotBe) {
    for (const auto index : {layout::to_host_size + 1, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
        window.control(layout::to_host_control).write = index;
        const auto frame = channel.receive();
        EXPECT_THAT(frame, IsErrorWith("the guest broke the window protocol: its write index"));
        EXPECT_EQ(frame.error().kind(), ErrorKind::guest);
    }
    window.control(layout::to_host_control).write = 7;
    EXPECT_THAT(channel.receive(), IsErrorWith("7 bytes are no frame"));
}

TEST_F(ChannelTest, RefusesFramesLongerThanTheyMayBe) {
    write_raw_frame(16, 100, 50);
    EXPECT_THAT(channel.receive(), IsErrorWith("a frame of 100 bytes where 42 are held"));
    write_raw_frame(16, wire::max_frame_body + 1, layout::to_host_size);
    EXPECT_THAT(channel.receive(), IsErrorWith("a frame of 1048577 bytes"));
    write_raw_frame(16, 0xffff'ffff, layout::to_host_size);
    EXPECT_THAT(channel.receive(), IsErrorWith("a frame of 4294967295 bytes"));
}

TEST_F(ChannelTest, DoesNotBelieveTheGuestAboutItsOwnIndices) {
    auto guest = window.guest_writer();
    ASSERT_TRUE(guest.write(FrameType::out, bytes_of("one")));
    ASSERT_EQ((*channel.receive())->body, "one");
    window.control(layout::to_host_control).read = 0; // would give the frame twice
    EXPECT_FALSE(channel.receive()->has_value());

    ASSERT_TRUE(*channel.send(FrameType::in, "a"));
    window.control(layout::to_guest_control).write = 0; // would overwrite the frame
    ASSERT_TRUE(*channel.send(FrameType::in, "b"));
    auto reader = window.guest_reader();
    EXPECT_EQ(reader.read()->body, "a");
    EXPECT_EQ(reader.read()->body, "b");

    window.control(layout::to_guest_control).read = 1'000'000;
    EXPECT_THAT(channel.send(FrameType::in, "c"), IsErrorWith("its read index is 1000000"));
}

TEST_F(ChannelTest, SurvivesAnyBytesInRingAndIndices) {
    std::mt19937_64 random(42);
    int frames = 0;
    int errors = 0;
    for (int round = 0; round < 20'000; ++round) {
        for (std::uint64_t i = 0; i < 64; i += 8) {
            const auto word = random() & (random() % 2 == 0 ? ~0ULL : 0x0000'00ff'0000'00ffULL);
            std::memcpy(
                window.at(layout::to_host_ring + (random() % 4096) * 8), &word, sizeof word);
        }
        auto& control = window.control(layout::to_host_control);
        control.write = random() % 4 == 0 ? random() : control.read + random() % 40'000;
        control.read = random() % 8 == 0 ? random() : control.read;
        const auto frame = channel.receive();
        if (!frame) {
            ASSERT_EQ(frame.error().kind(), ErrorKind::guest);
            ASSERT_THAT(frame, IsErrorWith("the guest broke the window protocol"));
            ++errors;
            ASSERT_THAT(channel.format(), IsOk());
        } else if (*frame) {
            ASSERT_LE((*frame)->body.size(), wire::max_frame_body);
            ++frames;
        }
    }
    EXPECT_GT(frames, 100);
    EXPECT_GT(errors, 100);
}

} // namespace ktstr::machine
