#include "guest/agent/test_channel.hpp"
#include "guest/agent/trace.hpp"
#include "guest/base/test_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace ktstr::guest {
namespace {

// A tracefs of plain files: what was written to them is what is in them.
class TraceTest : public ChannelTest {
protected:
    TraceTest() {
        for (const auto* file : {"tracing_on",
                                 "trace_clock",
                                 "trace_marker",
                                 "buffer_size_kb",
                                 "options/record-tgid",
                                 "events/sched/sched_switch/enable",
                                 "events/sched_ext/enable"}) {
            dir_.write(std::string("instances/ktstr/") + file, "");
        }
    }

    std::string in(const std::string& file) const {
        std::ifstream stream(dir_.path() + "/instances/ktstr/" + file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    TestDir dir_;
};

TEST(TraceParameter, IsAWordOfItsOwn) {
    EXPECT_TRUE(is_told_to_trace("quiet ktstr.trace=sched panic=-1\n"));
    EXPECT_TRUE(is_told_to_trace("quiet ktstr.trace=sched\n"));
    EXPECT_FALSE(is_told_to_trace("quiet ktstr.trace=schedule\n"));
    EXPECT_FALSE(is_told_to_trace("quiet xktstr.trace=sched\n"));
    EXPECT_FALSE(is_told_to_trace(""));
}

TEST_F(TraceTest, SetsABufferUpAndSwitchesItOnAndOff) {
    Trace trace(dir_.path(), 4 << 20, 2);
    EXPECT_EQ(in("trace_clock"), "mono");
    EXPECT_EQ(in("options/record-tgid"), "1");
    EXPECT_EQ(in("buffer_size_kb"), "2048");
    EXPECT_EQ(in("events/sched/sched_switch/enable"), "1");
    EXPECT_EQ(in("events/sched_ext/enable"), "1");
    EXPECT_EQ(in("tracing_on"), "0");
    trace.begin();
    trace.mark("B|1|program");
    trace.end();
    EXPECT_EQ(in("tracing_on"), "10"); // one after the other, from the begin on
    EXPECT_EQ(in("trace_marker"), "B|1|program");
}

TEST_F(TraceTest, BuffersAreBounded) {
    const Trace small(dir_.path(), 1 << 20, 64);
    EXPECT_EQ(in("buffer_size_kb").substr(0, 3), "256");
    const Trace large(dir_.path(), std::uint64_t{1} << 40, 2);
    EXPECT_EQ(in("buffer_size_kb").substr(0, 5), "16384");
}

TEST_F(TraceTest, SendsItsTextInOrder) {
    std::string text;
    for (int i = 0; text.size() < 700'000; ++i) {
        text += "event " + std::to_string(i) + '\n';
    }
    dir_.write("instances/ktstr/trace", text);
    Trace trace(dir_.path(), 4 << 20, 2);
    EXPECT_EQ(trace.send(channel_), std::nullopt);
    std::string came;
    while (const auto frame = host_.read()) {
        EXPECT_EQ(frame->type, wire::FrameType::trace);
        came += frame->body;
    }
    EXPECT_EQ(came, text);
}

TEST_F(TraceTest, SaysWhatTheKernelLacks) {
    TestDir empty;
    Trace none(empty.path(), 4 << 20, 2);
    none.begin();
    none.mark("x");
    none.end();
    const auto problem = none.send(channel_);
    ASSERT_TRUE(problem);
    EXPECT_NE(problem->find("CONFIG_EVENT_TRACING"), std::string::npos) << *problem;
    EXPECT_EQ(Trace().send(channel_), "the machine was not told to trace");
    EXPECT_FALSE(host_.read());
}

} // namespace
} // namespace ktstr::guest
