#include "cargo-ktstr/git/testing_repository.hpp"
#include "cargo-ktstr/stats/named_runs.hpp"
#include "cargo-ktstr/stats/run_plan.hpp"
#include "ktstr-runner/sidecar/run_directory.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <fmt/format.h>

namespace ktstr::stats {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NamedRunsOf : public git::Repository {
protected:
    void SetUp() override {
        Repository::SetUp();
        write("a", "1");
        write(".gitignore", "target\n");
        first_ = commit();
        write("a", "2");
        second_ = commit();
        git({"tag", "v1.2", first_});
    }

    fs::path made(const std::string& id, const std::string& source, bool results = true) const {
        const auto run = sidecar::run_directory(top() / "target", id).value_or(fs::path());
        EXPECT_THAT(write_file_atomically(run / "plan.json", source), IsOk());
        if (results) {
            EXPECT_THAT(sidecar::write(run, {.run_id = id, .binary_id = "b", .test = "t"}), IsOk());
        }
        return run;
    }

    static std::string plan(const std::string& commit, bool dirty = false) {
        return fmt::format(R"({{"source": {{"commit": "{}", "dirty": {}}}}})", commit, dirty);
    }

    Result<NamedRuns> named(const std::string& words) const {
        return named_runs(
            words,
            {.target = [&] { return Result<fs::path>(top() / "target"); }, .work_tree = top()});
    }

    std::string first_;
    std::string second_;
};

TEST_F(NamedRunsOf, ARevisionMeansTheRunsOfItsCommit) {
    const auto one = made("10000000-0", plan(first_));
    made("20000000-0", plan(second_));
    const auto other = made("30000000-0", plan(first_));
    for (const auto& name : {std::string("v1.2"), std::string("HEAD~1"), first_.substr(0, 8)}) {
        const auto found = named(name);
        ASSERT_THAT(found, IsOk());
        EXPECT_THAT(found->runs, ElementsAre(one, other)) << name;
        EXPECT_THAT(found->notes,
                    ElementsAre(name + " is commit " + first_.substr(0, 12) + ": 2 runs"));
    }
    EXPECT_EQ(named("HEAD,v1.2")->runs.size(), 3U);
}

TEST_F(NamedRunsOf, WhatIsNotCommittedIsNotTheCommits) {
    const auto clean = made("10000000-0", plan(first_));
    made("20000000-0", plan(first_, true));
    made("30000000-0", plan(first_), false);
    made("40000000-0", R"({"source": {"commit": ")" + first_ + R"("}})");
    const auto found = named("v1.2");
    ASSERT_THAT(found, IsOk());
    EXPECT_THAT(found->runs, ElementsAre(clean));
    EXPECT_THAT(found->notes.front(),
                AllOf(HasSubstr("1 run; left out: 2 runs with changes that are not committed"),
                      HasSubstr("1 run without results")));
    made("50000000-0", plan(second_, true));
    EXPECT_THAT(named("HEAD"), IsErrorWith("of which there is only: 1 run with changes"));
}

TEST_F(NamedRunsOf, AnErrorNamesTheCommitsThatHaveRuns) {
    made("10000000-0", plan(first_));
    made("20000000-0", R"({"source": {"commit": null, "unknown": "no git"}})");
    const auto none = named("HEAD");
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().one_line(), HasSubstr("HEAD is commit " + second_.substr(0, 12)));
    EXPECT_EQ(none.error().hint(), "commits that have runs: " + first_.substr(0, 12) + " (1 run)");
    EXPECT_THAT(named("v9"), IsErrorWith("`v9` is no directory, no run in"));
    EXPECT_THAT(named("./v9"), IsErrorWith("there is no directory ./v9"));
}

TEST_F(NamedRunsOf, AWordThatMeansTwoThingsIsRefused) {
    const auto run = made("abcd0000-0", plan(first_));
    EXPECT_THAT(named("abcd")->runs, ElementsAre(run));
    EXPECT_THAT(named("abcd")->notes, IsEmpty());
    git({"tag", "abcd"});
    const auto two = named("abcd");
    ASSERT_FALSE(two);
    EXPECT_THAT(two.error().one_line(),
                AllOf(HasSubstr("run " + run.filename().string()), HasSubstr("commit ")));
    EXPECT_THAT(two.error().hint(), AllOf(HasSubstr(run.string()), HasSubstr("abcd^0")));
    EXPECT_THAT(named(run.string())->runs, ElementsAre(run));
    EXPECT_THAT(named("v1.2^0")->runs, ElementsAre(run));
}

TEST(RunSource, IsWhatThePlanSays) {
    const auto of = [](const std::string& plan) {
        JsonParser parser;
        const auto json = parser.parse(plan);
        return json ? in_words(source_in(*json)) : "";
    };
    EXPECT_EQ(of(R"({"source": {"commit": "0123456789abcdef", "dirty": false}})"),
              "commit 0123456789ab");
    EXPECT_EQ(of(R"({"source": {"commit": "0123456789abcdef", "dirty": null}})"),
              "commit 0123456789ab, with changes that are not committed");
    EXPECT_EQ(of(R"({"source": {"commit": null, "unknown": "no git"}})"),
              "commit not known: no git");
    EXPECT_EQ(of("{}"), "commit not known: its plan does not tell");
    EXPECT_EQ(in_words(source_of("/nonexistent")), "commit not known: the run has no plan");
}

} // namespace
} // namespace ktstr::stats
