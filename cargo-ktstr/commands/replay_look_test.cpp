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

TEST(ReplayLook, TheRunnerIsToldWhatThisReplayWants) {
    nextest::Environment environment({});
    environment.set("KTSTR_TRACE", "sched"); // of whoever called
    put_look(environment, {});
    EXPECT_EQ(environment.get("KTSTR_TRACE"), std::nullopt);
    put_look(environment, {.trace = true});
    EXPECT_EQ(environment.get("KTSTR_TRACE"), "sched");
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
