#include "cargo-ktstr/nextest/cargo.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr::nextest {

namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(HostTriple, IsTheHostLineOfRustc) {
    const auto triple = host_triple_in("rustc 1.95.0 (abc 2026-04-14)\nbinary: rustc\nhost: "
                                       "x86_64-unknown-linux-gnu\nrelease: 1\n");
    ASSERT_THAT(triple, IsOk());
    EXPECT_EQ(*triple, "x86_64-unknown-linux-gnu");
}

TEST(HostTriple, ThatIsAbsentIsAnError) {
    EXPECT_THAT(host_triple_in("rustc 1.95.0\n"), IsErrorWith("names no host platform"));
}

TEST(Commands, PutOursBeforeTheUsersAndKeepTheUsersOrder) {
    const Words user{"--profile", "ci", "--no-capture", "name", "--", "--exact"};
    const Words ours{"--config", "x"};
    auto list = list_command(user, ours);
    list.front() = "cargo";
    EXPECT_THAT(list,
                ElementsAre("cargo",
                            "nextest",
                            "list",
                            "--message-format",
                            "json",
                            "--config",
                            "x",
                            "--profile",
                            "ci",
                            "name",
                            "--",
                            "--exact"));
    auto run = run_command(user, ours);
    run.front() = "cargo";
    EXPECT_THAT(run,
                ElementsAre("cargo",
                            "nextest",
                            "run",
                            "--config",
                            "x",
                            "--profile",
                            "ci",
                            "--no-capture",
                            "name",
                            "--",
                            "--exact"));
}

TEST(RunList, KeepsTheOutputAndTheExitCode) {
    const auto listing = run_list(Words{"sh", "-c", "echo $WORD; exit 101"},
                                  Environment({"WORD=abc", "PATH=/bin:/usr/bin"}));
    ASSERT_THAT(listing, IsOk());
    EXPECT_EQ(listing->out, "abc\n");
    EXPECT_EQ(listing->status.shell_code(), 101);
}

TEST(RunList, LeavesWhatTheUserWants) {
    const auto told_with = [](std::vector<std::string> environment) {
        environment.emplace_back("PATH=/bin:/usr/bin");
        return run_list(Words{"sh", "-c", "echo $NEXTEST_DOUBLE_SPAWN $NEXTEST_LOG"},
                        Environment(std::move(environment)));
    };
    EXPECT_EQ(told_with({})->out, "0 warn\n");
    EXPECT_EQ(told_with({"NEXTEST_DOUBLE_SPAWN=1", "NEXTEST_LOG=info"})->out, "1 info\n");
}

} // namespace

} // namespace ktstr::nextest
