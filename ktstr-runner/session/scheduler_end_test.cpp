#include "ktstr-runner/session/scheduler_end.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ktstr::session {

namespace {

using wire::SchedulerEnd;

wire::SchedulerStory story(SchedulerEnd end, std::string reason = "", std::string message = "") {
    return {.name = "scx_foo",
            .ops = "foo",
            .end = end,
            .ran_ns = 3'200'000'000,
            .reason = std::move(reason),
            .message = std::move(message),
            .dump = "",
            .log = ""};
}

} // namespace

TEST(SchedulerHeadline, NamesTheTaskThatStalled) {
    EXPECT_EQ(headline_of(story(SchedulerEnd::stall,
                                "runnable task stall",
                                "stress-ng[417] failed to run for 5.012s")),
              "scheduler scx_foo left after 3.2 s: runnable task stall (stress-ng:417, 5.0 s)");
    // A comm may have anything in it.
    EXPECT_EQ(headline_of(story(SchedulerEnd::stall, "stall", "a[1] b[22] failed to run for 31s")),
              "scheduler scx_foo left after 3.2 s: stall (a[1] b:22, 31.0 s)");
    for (const auto* odd : {"what?", "x] failed to run for 5s", "a[1] failed to run for s", ""}) {
        EXPECT_THAT(headline_of(story(SchedulerEnd::stall, "stall", odd)), testing::HasSubstr(odd));
    }
}

TEST(SchedulerHeadline, SaysWhatTheKernelOrTheLoaderSaid) {
    EXPECT_EQ(headline_of(story(SchedulerEnd::bpf_error, "scx_bpf_error", "no more CPUs\nframe")),
              "scheduler scx_foo left after 3.2 s: scx_bpf_error (no more CPUs)");
    EXPECT_EQ(headline_of(story(SchedulerEnd::never_attached, "exit code 1 before it attached")),
              "scheduler scx_foo never attached: exit code 1 before it attached");
    EXPECT_EQ(headline_of(story(SchedulerEnd::verifier, "", "R1 invalid mem access 'scalar'")),
              "scheduler scx_foo was rejected by the verifier: R1 invalid mem access 'scalar'");
    auto killed = story(SchedulerEnd::killed);
    killed.exit_code = 137;
    EXPECT_EQ(headline_of(killed), "scheduler scx_foo was killed by SIGKILL after 3.2 s");
}

TEST(SchedulerHeadline, IsOneLineOfPrintableText) {
    for (const auto& line : {headline_of(story(SchedulerEnd::left, "\x1b[2Jx\ny", "\x07")),
                             headline_of(story(SchedulerEnd::bpf_error, std::string(9999, 'x')))}) {
        EXPECT_LT(line.size(), 1000U);
        EXPECT_TRUE(std::ranges::all_of(line, [](unsigned char c) { return c >= ' '; })) << line;
    }
}

TEST(SchedulerEnd, EveryEndHasAnOwnNameAndOnlyThoseInOrderAreNoTrouble) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(SchedulerEnd::would_not_stop); ++i) {
        const auto end = static_cast<SchedulerEnd>(i);
        names.insert(name(end));
        EXPECT_FALSE(headline_of(story(end)).empty());
        const bool in_order =
            end == SchedulerEnd::none || end == SchedulerEnd::running || end == SchedulerEnd::clean;
        EXPECT_EQ(trouble_of(end).has_value(), !in_order) << name(end);
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(SchedulerEnd::would_not_stop) + 1);
}

} // namespace ktstr::session
