#include "cargo-ktstr/commands/explore_seeds.hpp"
#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <unistd.h>

namespace ktstr::commands {
namespace {

using sidecar::Verdict;
using testing::HasSubstr;
using testing::IsEmpty;

// Seeds of a runner of the shell's, which leaves sidecars as ours does.
class SeedRunsTest : public testing::Test {
protected:
    SeedRunsTest() {
        sidecar::Record record{
            .run_id = "r", .test = "t", .deterministic = true, .seed = 987654321};
        write("passed", record, Verdict::pass, "passed");
        write("failed", record, Verdict::fail, "stall");
        record.deterministic = false;
        record.machine = "host: it is host_only";
        write("elsewhere", record, Verdict::pass, "passed");
        order_.runner = "/bin/sh";
        order_.run_directory = dir_.path() / "run";
        std::filesystem::create_directory(order_.run_directory);
        order_.start.cwd = dir_.path();
        order_.start.environment = {"PATH=/usr/bin:/bin", "KTSTR_SEED=1"};
        order_.count = 10;
        order_.at_once = 2;
    }

    void
    write(const std::string& name, sidecar::Record record, Verdict verdict, std::string headline) {
        record.verdict = verdict;
        record.headline = std::move(headline);
        EXPECT_THAT(write_file_atomically(dir_.path() / name, sidecar::to_json(record)), IsOk());
    }

    Result<Explored> explore(const std::string& script) {
        const std::string leave = "leave() { sed s/987654321/$KTSTR_SEED/ $1 >run/x; "
                                  "mv run/x run/it-t-1-$(printf %08x $KTSTR_SEED).json; }\n";
        order_.start.argv = {"-c", leave + script};
        return SeedRuns(order_).run();
    }

    std::size_t sidecars() const {
        return sidecar::record_files(order_.run_directory).value().size();
    }

    TempDir dir_ = TempDir::create("explore-seeds").value();
    SeedOrder order_;
};

// One at a time, since the shell's `leave` has one name for all.
TEST_F(SeedRunsTest, EachSeedRunsOnce) {
    order_.at_once = 1;
    order_.first = 5;
    const auto explored = explore("echo $KTSTR_SEED $NEXTEST_STRESS_CURRENT >>said; leave passed");
    ASSERT_THAT(explored, IsOk());
    EXPECT_EQ(explored->why, Enough::all_ran);
    EXPECT_EQ(explored->outcomes.of(Verdict::pass), 10U);
    EXPECT_EQ(sidecars(), 10U);
    EXPECT_EQ(read_file(dir_.path() / "said").value(),
              "5 0\n6 1\n7 2\n8 3\n9 4\n10 5\n11 6\n12 7\n13 8\n14 9\n");
    EXPECT_TRUE(std::filesystem::is_empty(order_.run_directory / "output"));
}

TEST_F(SeedRunsTest, AFailureCutsTheOthersOff) {
    // The first waits for a signal, and says as a runner does that it was interrupted.
    const auto explored = explore("if [ $KTSTR_SEED = 2 ]; then leave failed; exit 100; fi\n"
                                  "trap 'exit 130' TERM; while :; do sleep 0.01; done");
    ASSERT_THAT(explored, IsOk());
    EXPECT_EQ(explored->why, Enough::found);
    EXPECT_EQ(explored->outcomes.seeds(), 1U);
    EXPECT_EQ(explored->outcomes.of(Verdict::fail), 1U);
    EXPECT_EQ(sidecars(), 1U);
    EXPECT_FALSE(std::filesystem::exists(order_.run_directory / "output/seed-1.txt"));
    EXPECT_TRUE(std::filesystem::exists(order_.run_directory / "output/seed-2.txt"));
}

TEST_F(SeedRunsTest, GoesOnWhenItIsToldTo) {
    order_.keep_going = true;
    order_.at_once = 1;
    const auto explored =
        explore("case $KTSTR_SEED in 3|7) leave failed ;; *) leave passed ;; esac");
    ASSERT_THAT(explored, IsOk());
    EXPECT_EQ(explored->why, Enough::all_ran);
    EXPECT_EQ(explored->outcomes.of(Verdict::fail), 2U);
    EXPECT_EQ(explored->outcomes.of(Verdict::pass), 8U);
}

TEST_F(SeedRunsTest, TheBudgetEndsIt) {
    order_.at_once = 1;
    order_.end = Clock::now() + std::chrono::milliseconds(300);
    const auto explored = explore("[ $KTSTR_SEED = 1 ] && leave passed && exit\n"
                                  "trap 'exit 130' TERM; while :; do sleep 0.01; done");
    ASSERT_THAT(explored, IsOk());
    EXPECT_EQ(explored->why, Enough::budget);
    EXPECT_LE(explored->outcomes.seeds(), 1U);
}

TEST_F(SeedRunsTest, ASignalEndsItAndWhatIsKnownIsTold) {
    order_.at_once = 1;
    const auto explored = explore("[ $KTSTR_SEED = 1 ] && leave passed && exit\n"
                                  "kill -INT " +
                                  std::to_string(::getpid()) +
                                  "; trap 'exit 130' TERM; while :; do sleep 0.01; done");
    ASSERT_THAT(explored, IsOk());
    EXPECT_EQ(explored->why, Enough::signal);
    EXPECT_EQ(explored->signal, SIGINT);
    EXPECT_EQ(explored->outcomes.of(Verdict::pass), 1U);
    EXPECT_EQ(explored->outcomes.seeds(), 1U);
}

TEST_F(SeedRunsTest, ARunnerThatLeavesNoSidecarIsNoPass) {
    const auto explored = explore("echo no kernel; exit 3");
    ASSERT_THAT(explored, IsOk());
    EXPECT_EQ(explored->why, Enough::found);
    EXPECT_EQ(explored->outcomes.without_verdict(), explored->outcomes.seeds());
    EXPECT_THAT(explored->outcomes.text(), HasSubstr("exit code 3"));
    EXPECT_THAT(explored->outcomes.text(), HasSubstr("/output/seed-"));
}

TEST_F(SeedRunsTest, ATestOfTheHostHasNoSeeds) {
    order_.count = 1;
    EXPECT_THAT(explore("leave elsewhere"), IsErrorWith("host: it is host_only"));
}

} // namespace
} // namespace ktstr::commands
