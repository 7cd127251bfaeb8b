#include "ktstr-runner/session/scheduler_story.hpp"

#include <gmock/gmock.h>

namespace ktstr::session {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

wire::Story story() {
    wire::Story out;
    out.details = {"a \x1b[1mstarved", "by 3 s"};
    out.schedulers.resize(1);
    out.schedulers[0].name = "scx_foo";
    out.schedulers[0].end = wire::SchedulerEnd::stall;
    out.schedulers[0].attach_ns = 7;
    out.schedulers[0].log = "line 1\nline\x07 2\n";
    out.schedulers[0].dump = "DEBUG DUMP\n";
    return out;
}

} // namespace

TEST(RecordStory, KeepsDetailsAndHowEachSchedulerEnded) {
    sidecar::Record record;
    record_story(story(), record);
    EXPECT_THAT(record.details, ElementsAre("a \uFFFD[1mstarved", "by 3 s"));
    ASSERT_THAT(record.schedulers, SizeIs(1));
    EXPECT_EQ(record.schedulers[0].end, "stall");
    EXPECT_EQ(record.schedulers[0].attach_ns, 7);
    EXPECT_EQ(record.scheduler_log, "line 1\nline\uFFFD 2\n");
    EXPECT_EQ(record.scheduler_dump, "DEBUG DUMP\n");
}

TEST(RecordStory, LongTextsAreOfNoInterestWhenItPassed) {
    sidecar::Record record;
    record.verdict = sidecar::Verdict::pass;
    record_story(story(), record);
    EXPECT_THAT(record.schedulers, SizeIs(1));
    EXPECT_EQ(record.scheduler_log + record.scheduler_dump, "");
}

TEST(RecordStory, NamesTheSchedulerOfEachTextWhereThereAreSeveral) {
    auto two = story();
    two.schedulers.push_back(two.schedulers[0]);
    two.schedulers[1].name = "scx_bar";
    sidecar::Record record;
    record_story(two, record);
    EXPECT_EQ(record.scheduler_log,
              "scx_foo:\nline 1\nline\uFFFD 2\nscx_bar:\nline 1\nline\uFFFD 2\n");
}

TEST(RecordStory, HasBounds) {
    auto flood = story();
    flood.details.assign(100'000, "x");
    flood.schedulers[0].log = std::string(1 << 20, 'a');
    flood.schedulers[0].log += "the end";
    flood.schedulers.resize(1000);
    sidecar::Record record;
    record_story(flood, record);
    EXPECT_LT(record.details.size(), 300U);
    EXPECT_LT(record.schedulers.size(), 300U);
    EXPECT_LT(record.scheduler_log.size(), std::size_t{300} << 10);
    EXPECT_THAT(record.scheduler_log, HasSubstr("the end"));
}

} // namespace ktstr::session
