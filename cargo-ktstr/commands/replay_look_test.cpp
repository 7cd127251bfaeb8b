#include "cargo-ktstr/commands/replay_look.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gmock/gmock.h>

namespace ktstr::commands {

namespace {

Result<Look> look_with(const std::vector<std::string>& words) {
    static const cli::Spec spec{.name = "replay", .options = look_options(), .positionals = 1};
    TRY_ASSIGN(const auto arguments, cli::parse(spec, words));
    return look_from(arguments);
}

TEST(ReplayLook, ATraceIsOfScheduling) {
    EXPECT_FALSE(look_with({"t"})->trace);
    EXPECT_TRUE(look_with({"t", "--trace", "sched"})->trace);
    EXPECT_THAT(look_with({"t", "--trace", "irq"}), IsErrorWith("--trace is `irq`"));
}

sidecar::Record failed() {
    sidecar::Record record;
    record.verdict = sidecar::Verdict::fail;
    record.job_at_ns = 1'000'000'000;
    record.failed_at_ns = 2'676'000'000;
    return record;
}

TEST(ReplayLook, TheRunnerIsToldWhatThisReplayWants) {
    nextest::Environment environment({});
    environment.set("KTSTR_TRACE", "sched"); // of whoever called
    environment.set("KTSTR_STOP_AT", "1+1");
    ASSERT_THAT(put_look(environment, {}, failed()), IsOk());
    EXPECT_EQ(environment.get("KTSTR_TRACE"), std::nullopt);
    EXPECT_EQ(environment.get("KTSTR_STOP_AT"), std::nullopt);
    ASSERT_THAT(put_look(environment, {.trace = true}, failed()), IsOk());
    EXPECT_EQ(environment.get("KTSTR_TRACE"), "sched");
    ASSERT_THAT(put_look(environment, {.until_ns = 3'200'000'000}, failed()), IsOk());
    EXPECT_EQ(environment.get("KTSTR_STOP_AT"), "1000000000+3200000000");
    EXPECT_EQ(environment.get("KTSTR_GDB"), "0");
}

TEST(ReplayLook, GdbComesBeforeTheFailure) {
    const Look look{.gdb = true};
    EXPECT_EQ(stop_of(look, failed()).value(), 2'626'000'000U);
    auto died = failed();
    died.failed_at_ns = 0;
    EXPECT_EQ(stop_of(look, died).value(), 0U);
    auto passed = failed();
    passed.verdict = sidecar::Verdict::pass;
    EXPECT_THAT(stop_of(look, passed), IsErrorWith("no failure to stop at"));
    EXPECT_EQ(stop_of({.gdb = true, .until_ns = 5}, passed).value(), 5U);
    auto old = failed();
    old.job_at_ns = 0;
    EXPECT_THAT(stop_of(look, old), IsErrorWith("does not tell when"));
}

TEST(ReplayLook, GuestTimesHaveUnits) {
    EXPECT_EQ(parse_guest_time("3.2s"), 3'200'000'000U);
    EXPECT_EQ(parse_guest_time("250ms"), 250'000'000U);
    EXPECT_EQ(parse_guest_time("1.5us"), 1500U);
    EXPECT_EQ(parse_guest_time("40ns"), 40U);
    EXPECT_EQ(parse_guest_time("0s"), 0U);
    for (const auto* bad : {"", "s", "3", "3.2", "-1s", "1.2.3s", "3.s", "0.5ns", "3 s", "1e3s"}) {
        EXPECT_EQ(parse_guest_time(bad), std::nullopt) << bad;
    }
}

TEST(ReplayLook, AStopHasNoTrace) {
    EXPECT_THAT(look_with({"t", "--trace", "sched", "--gdb"}), IsErrorWith("has no trace"));
    EXPECT_THAT(look_with({"t", "--until", "soon"}), IsErrorWith("--until is `soon`"));
    EXPECT_FALSE(look_with({"t"})->stops());
    EXPECT_TRUE(look_with({"t", "--gdb"})->stops());
}

TEST(ReplayLook, WhatStoppedIsNotCompared) {
    Recorded again;
    again.record.verdict = sidecar::Verdict::skip;
    again.record.headline = "stopped at 3.2 s of guest time, as asked";
    EXPECT_TRUE(has_stopped({.until_ns = 1}, again));
    EXPECT_FALSE(has_stopped({}, again));
    again.record.headline = "SKIP: no time";
    EXPECT_FALSE(has_stopped({.until_ns = 1}, again));
}

TEST(ReplayLook, TheTraceIsBesideTheSidecar) {
    const auto folder = TempDir::create("replay-look");
    ASSERT_TRUE(folder);
    Recorded again{.file = folder->path() / "it-t-1-0a1b2c3d.json"};
    EXPECT_EQ(tell_of_look({}, again).value(), "");
    again.record.notes = {"some", "there is no trace: the kernel does not trace"};
    EXPECT_THAT(tell_of_look({.trace = true}, again), IsErrorWith("the kernel does not trace"));
    const auto trace = folder->path() / "it-t-1-0a1b2c3d.trace";
    ASSERT_THAT(write_file_atomically(trace, "# tracer: nop\n"), IsOk());
    EXPECT_THAT(tell_of_look({.trace = true}, again).value(), testing::HasSubstr(trace.string()));
}

} // namespace

} // namespace ktstr::commands
