#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/protocol/post_vm.hpp"

#include <sys/stat.h>

namespace ktstr::protocol {

namespace {

using sidecar::Reason;
using sidecar::Verdict;

// A script in the test binary's place.
class RunPostVm : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("post-vm");
        ASSERT_THAT(made, IsOk());
        dir_.emplace(std::move(*made));
        outcome_.record.verdict = Verdict::pass;
        outcome_.record.reason = Reason::none;
        outcome_.record.headline = "passed";
    }

    Result<> run(const std::string& script,
                 std::optional<Clock::time_point> deadline = std::nullopt) {
        const auto path = dir_->path() / "binary";
        TRY(write_file_atomically(path, "#!/bin/sh\n" + script + "\n"));
        ::chmod(path.c_str(), 0755);
        return run_post_vm({.binary = path, .test = "a::b", .deadline = deadline}, outcome_);
    }

    std::optional<TempDir> dir_;
    session::Outcome outcome_;
};

} // namespace

TEST_F(RunPostVm, IsGivenTheNameAndTheResult) {
    ASSERT_THAT(run(R"([ "$1 $2" = "--ktstr-post-vm a::b" ] && grep -q '"verdict":"pass"' "$3")"),
                IsOk());
    EXPECT_EQ(outcome_.record.verdict, Verdict::pass);
}

TEST_F(RunPostVm, ItsFailureIsTheTests) {
    ASSERT_THAT(run("exit 1"), IsOk());
    EXPECT_EQ(outcome_.record.verdict, Verdict::fail);
    EXPECT_EQ(outcome_.record.reason, Reason::post_vm);
    EXPECT_EQ(outcome_.record.exit_code, 1);
}

TEST_F(RunPostVm, ItsFailureOnABusyHostIsNobodys) {
    outcome_.host_share = {.worst = 0.1, .mean = 0.49};
    ASSERT_THAT(run("exit 1"), IsOk());
    EXPECT_EQ(outcome_.record.verdict, Verdict::inconclusive);
    EXPECT_EQ(outcome_.record.reason, Reason::host_busy);
    EXPECT_THAT(outcome_.record.headline, testing::HasSubstr("a second, 49 % in the mean"));
    EXPECT_EQ(outcome_.record.exit_code, 3);
}

TEST_F(RunPostVm, AFailureThatWasThereStays) {
    outcome_.record.verdict = Verdict::fail;
    outcome_.record.reason = Reason::scheduler_stall;
    outcome_.record.headline = "stall";
    ASSERT_THAT(run("exit 1"), IsOk());
    EXPECT_EQ(outcome_.record.reason, Reason::scheduler_stall);
    EXPECT_EQ(outcome_.record.headline, "stall");
    EXPECT_THAT(outcome_.record.notes, testing::ElementsAre(testing::HasSubstr("post_vm")));
}

TEST_F(RunPostVm, HasTheTestsTimeAndNoMore) {
    ASSERT_THAT(run("exec sleep 1000", Clock::now() + std::chrono::milliseconds(50)), IsOk());
    EXPECT_EQ(outcome_.record.reason, Reason::time_limit);
    EXPECT_EQ(outcome_.record.exit_code, 124);
}

// It stops us as Ctrl-Z does, for longer than there is time.
TEST_F(RunPostVm, AStopIsNoneOfItsTime) {
    ASSERT_THAT(run("kill -STOP $PPID; sleep 2.1; kill -CONT $PPID; exec sleep 0.2",
                    Clock::now() + std::chrono::milliseconds(1000)),
                IsOk());
    EXPECT_EQ(outcome_.record.verdict, Verdict::pass) << outcome_.record.headline;
}

TEST_F(RunPostVm, ABinaryThatCannotBeStartedIsAnError) {
    EXPECT_THAT(run_post_vm({.binary = "/no/such/binary", .test = "x", .deadline = {}}, outcome_),
                IsErrorWith("/no/such/binary"));
}

} // namespace ktstr::protocol
