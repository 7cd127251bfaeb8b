#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/protocol/check.hpp"

#include <gmock/gmock.h>

namespace ktstr::protocol {
namespace {

using sidecar::Reason;
using sidecar::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

session::Outcome said(const std::string& text, Verdict verdict = Verdict::pass) {
    session::Outcome outcome;
    sidecar::FrameLog log;
    log.add("started", "{}");
    log.add("out", text);
    outcome.record.digest = log.digest();
    outcome.frames = log.take();
    outcome.record.verdict = verdict;
    outcome.record.reason = verdict == Verdict::pass ? Reason::none : Reason::exit_code;
    outcome.record.headline = verdict == Verdict::pass ? "passed" : "exit code 1";
    outcome.record.exit_code = verdict == Verdict::pass ? 0 : 1;
    return outcome;
}

TEST(Check, TwoThatAreTheSameLeaveTheVerdictAsItIs) {
    for (const auto verdict : {Verdict::pass, Verdict::fail}) {
        auto first = said("x", verdict);
        judge_check(said("x", verdict), first);
        EXPECT_EQ(first.record.verdict, verdict);
        EXPECT_EQ(first.record.digest_again, first.record.digest);
        EXPECT_FALSE(first.frames_again);
        EXPECT_THAT(first.record.notes, IsEmpty());
    }
}

TEST(Check, TwoThatDifferFailWithTheFirstDifference) {
    auto first = said("pid 70");
    first.record.inputs = {"files: 1"};
    auto second = said("pid 71");
    second.record.inputs = {"files: 2"};
    judge_check(second, first);
    EXPECT_EQ(first.record.verdict, Verdict::fail);
    EXPECT_EQ(first.record.reason, Reason::diverged);
    EXPECT_EQ(first.record.exit_code, 1);
    EXPECT_EQ(first.record.headline,
              "two runs diverged at frame 2 of 2: out, 6 B: `pid 70`; then out, 6 B: `pid 71`");
    EXPECT_NE(first.record.digest_again, first.record.digest);
    ASSERT_TRUE(first.frames_again);
    EXPECT_THAT(first.record.notes,
                ElementsAre("the first run alone: pass: passed",
                            "the second run: pass: passed",
                            "it reads what the host changed between the two runs: files"));
}

TEST(Check, WithoutASecondRunAPassIsNone) {
    auto passed = said("x");
    judge_check(fail(ErrorKind::environment, "no space"), passed);
    EXPECT_EQ(passed.record.verdict, Verdict::inconclusive);
    EXPECT_THAT(passed.record.headline, HasSubstr("not checked by a second run: no space"));
    EXPECT_NE(passed.record.exit_code, 0);
    auto failed = said("x", Verdict::fail);
    judge_check(fail(ErrorKind::environment, "no space"), failed);
    EXPECT_EQ(failed.record.verdict, Verdict::fail);
    EXPECT_THAT(failed.record.notes, ElementsAre(HasSubstr("no space")));
}

TEST(Check, ASecondRunThatTheHostCutShortShowsNothing) {
    auto first = said("x");
    auto second = said("y");
    second.record.verdict = Verdict::inconclusive;
    second.record.headline = "the host was busy";
    judge_check(second, first);
    EXPECT_EQ(first.record.verdict, Verdict::inconclusive);
    EXPECT_THAT(first.record.headline, HasSubstr("the host was busy"));
    EXPECT_EQ(first.record.digest_again, "");
}

TEST(Check, IsForWhatRanThere) {
    EXPECT_TRUE(can_be_checked(said("x")));
    EXPECT_TRUE(can_be_checked(said("x", Verdict::fail)));
    EXPECT_FALSE(can_be_checked(said("x", Verdict::skip)));
    EXPECT_FALSE(can_be_checked(said("x", Verdict::inconclusive)));
    auto not_begun = said("x", Verdict::fail);
    not_begun.record.digest.clear();
    EXPECT_FALSE(can_be_checked(not_begun));
}

TEST(Check, IsRefusedOnAnotherMachine) {
    config::TestSettings settings;
    EXPECT_THAT(check_machine(settings), IsErrorWith("the test's is another: auto"));
    settings.machine = "qemu-tcg";
    EXPECT_THAT(check_machine(settings), IsErrorWith("qemu-tcg"));
    settings.machine = "det";
    EXPECT_THAT(check_machine(settings), IsOk());
}

} // namespace
} // namespace ktstr::protocol
