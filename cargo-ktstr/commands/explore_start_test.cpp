#include "cargo-ktstr/commands/explore_start.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <gmock/gmock.h>

namespace ktstr::commands {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

nextest::TestList list() {
    return {
        .target_directory = "/target",
        .host_triple = {},
        .target_triples = {},
        .suites = {{.binary_id = "a::it", .tests = {{.name = "runs"}, {.name = "runs_twice"}}},
                        {.binary_id = "b::it",
                    .tests = {{.name = "runs"}, {.name = "m::odd(1)", .ignored = true}}}}
    };
}

TEST(OnlyTest, IsTheOneThatIsMeant) {
    const auto odd = only_test(list(), "odd");
    ASSERT_THAT(odd, IsOk());
    ASSERT_THAT(odd->suites, SizeIs(1));
    EXPECT_EQ(odd->suites[0].binary_id, "b::it");
    ASSERT_THAT(odd->suites[0].tests, SizeIs(1));
    EXPECT_TRUE(odd->suites[0].tests[0].matches);
    const auto exact = only_test(list(), "a::it runs"); // in `runs_twice` too
    ASSERT_THAT(exact, IsOk());
    EXPECT_EQ(exact->total(), 1U);
    EXPECT_EQ(exact->suites[0].binary_id, "a::it");
}

TEST(OnlyTest, SaysWhichThereAre) {
    const auto several = only_test(list(), "runs");
    EXPECT_THAT(several, IsErrorWith("2 tests"));
    EXPECT_THAT(several, IsErrorWith("b::it runs"));
    EXPECT_THAT(several, Not(IsErrorWith("runs_twice"))); // two are called just so
    const auto none = only_test(list(), "runs_twise");
    ASSERT_THAT(none, IsErrorWith("no test"));
    EXPECT_THAT(none.error().hint(), HasSubstr("runs_twice"));
}

class LearnStart : public testing::Test {
protected:
    // A nextest of the shell's.
    Result<config::TestStart> learn(const std::string& script) {
        const auto one = only_test(list(), "odd");
        const std::vector<std::string> command{"/bin/sh", "-c", script, "nextest"};
        nextest::Environment environment({"PATH=/usr/bin:/bin"});
        return learn_start(*one, command, environment, dir_.path() / "start");
    }

    TempDir dir_ = TempDir::create("explore-start").value();
};

TEST_F(LearnStart, IsWhatTheRunnerTells) {
    const auto start = learn(
        R"(printf '/src\0003\000/bin/t\000--exact\000x\000A=1\000KTSTR_TELL_START=y\000' >"$KTSTR_TELL_START")");
    ASSERT_THAT(start, IsOk());
    EXPECT_EQ(start->cwd, "/src");
    EXPECT_THAT(start->argv, ElementsAre("/bin/t", "--exact", "x"));
    EXPECT_THAT(start->environment, ElementsAre("A=1")); // it is to run from here on
}

TEST_F(LearnStart, NextestIsToldOfThatTestAlone) {
    const auto start =
        learn(R"(printf '/\0001\000t\000ARGUMENTS=%s\000' "$*" >"$KTSTR_TELL_START")");
    ASSERT_THAT(start, IsOk());
    EXPECT_THAT(start->environment,
                Contains(AllOf(StartsWith("ARGUMENTS="),
                               HasSubstr(R"(binary_id(=b::it) & test(=m::odd\(1\)))"),
                               HasSubstr("--run-ignored all"))));
}

TEST_F(LearnStart, ANextestThatStartsNothingIsAnError) {
    EXPECT_THAT(learn("exit 4"), IsErrorWith("exit code 4"));
    EXPECT_THAT(learn("exit 0"), IsErrorWith("does not start b::it m::odd(1)"));
}

} // namespace
} // namespace ktstr::commands
