// Deterministic attempts against each other, by sidecars as runs leave them.
#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/compare_report.hpp"
#include "cargo-ktstr/stats/html_report.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;
using sidecar::Record;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Of test `t`, whose guest measured such a gap; the digest is of that.
Record exact(double gap, std::uint64_t seed = 7, const std::string& test = "t") {
    const auto facts =
        fmt::format(R"({{"results": [{{"cgroups": {{"a": {{"max_gap_ms": {}}}}}}}]}})", gap);
    return deterministic(passed(test, facts), fmt::format("digest of {}", gap), seed);
}

Record of_run(Record record, std::string run) {
    record.run_id = std::move(run);
    return record;
}

class CompareExact : public testing::Test {
protected:
    Runs runs_with(const std::string& name, const std::vector<Record>& records) {
        const auto path = folder_->path() / name;
        fs::create_directories(path);
        for (const auto& record : records) {
            EXPECT_THAT(sidecar::write(path, record), IsOk());
        }
        auto runs = read_runs(std::vector{path});
        EXPECT_THAT(runs, IsOk());
        return std::move(*runs);
    }

    Comparison compared(const std::vector<Record>& a, const std::vector<Record>& b) {
        ++count_;
        return compare(
            runs_with(fmt::format("a{}", count_), a), runs_with(fmt::format("b{}", count_), b), {});
    }

    Result<TempDir> folder_ = TempDir::create("exact");

private:
    unsigned count_ = 0;
};

std::vector<ExactOutcome> outcomes_of(const Comparison& comparison) {
    std::vector<ExactOutcome> out;
    for (const auto& test : comparison.exact.tests) {
        out.push_back(test.outcome);
    }
    return out;
}

} // namespace

TEST_F(CompareExact, OneAttemptASideIsEnough) {
    const auto same = compared({exact(20)}, {exact(20)});
    EXPECT_EQ(same.exact.identical, 1U);
    EXPECT_THAT(same.exact.tests, IsEmpty());
    EXPECT_THAT(same.metrics, IsEmpty()) << "nothing is left to chance";
    EXPECT_EQ(exit_code_of(same), 0);
    EXPECT_EQ(exit_code_of(same, true), 0);
    EXPECT_THAT(comparison_text(same), HasSubstr("1 identical, 0 behave differently"));
    EXPECT_THAT(comparison_text(same), HasSubstr("4 ns for each instruction of all vCPUs"));

    const auto worse = compared({exact(20)}, {exact(30)});
    EXPECT_THAT(outcomes_of(worse), ElementsAre(ExactOutcome::differs));
    EXPECT_TRUE(worse.exact.tests[0].regressed());
    EXPECT_EQ(exit_code_of(worse), 1);
    EXPECT_THAT(comparison_text(worse),
                HasSubstr("c::it t (deterministic) behaves differently, and worse; kernel"));
    EXPECT_THAT(comparison_text(worse),
                HasSubstr("max_gap                        20 ms  30 ms  +50 %   worse"));
}

// What changed is told, and is no regression unless it matters and is worse, or none is wanted.
TEST_F(CompareExact, AnotherBehaviourIsNoRegressionByItself) {
    for (const auto gap : {20.001, 10.0}) {
        const auto found = compared({exact(20)}, {exact(gap)});
        EXPECT_THAT(outcomes_of(found), ElementsAre(ExactOutcome::differs));
        EXPECT_FALSE(found.exact.tests[0].differences.empty());
        EXPECT_EQ(exit_code_of(found), 0) << gap;
        EXPECT_EQ(exit_code_of(found, true), 1) << gap;
    }
    EXPECT_EQ(exit_code_of(compared({passed("t")}, {passed("t")}), true), 2)
        << "nothing could have been identical";
}

TEST_F(CompareExact, AVerdictThatChangedIsOne) {
    auto bad = exact(20);
    bad.verdict = sidecar::Verdict::fail;
    bad.reason = sidecar::Reason::test_failed;
    bad.digest = "of a failure";
    const auto found = compared({exact(20)}, {bad});
    EXPECT_THAT(found.tests,
                ElementsAre(Field(&ChangedTest::change, VerdictChange::newly_failing)));
    EXPECT_EQ(exit_code_of(found), 1);
}

TEST_F(CompareExact, OfTheSameDigestNothingElseIsLookedAt) {
    auto slower = exact(20);
    slower.wall_ns = 90'000'000'000;
    EXPECT_EQ(compared({exact(20)}, {slower}).exact.identical, 1U);
}

TEST_F(CompareExact, WhenOnlyTheDigestDiffersThatIsSaid) {
    auto other = exact(20);
    other.digest = "other";
    const auto found = compared({exact(20)}, {other});
    EXPECT_THAT(outcomes_of(found), ElementsAre(ExactOutcome::differs));
    EXPECT_THAT(comparison_text(found),
                HasSubstr("; no measure differs, only what its guest said"));
    EXPECT_EQ(exit_code_of(found), 0);
}

TEST_F(CompareExact, SaysWhatTheyWereGiven) {
    auto other = exact(30);
    other.scheduler_digest = "other";
    EXPECT_THAT(comparison_text(compared({exact(20)}, {other})),
                HasSubstr("worse; they were given another scheduler\n"));
}

TEST_F(CompareExact, ASideThatBehavesInTwoWaysIsSaidLoudly) {
    auto second = exact(30);
    second.repetition = 2;
    const auto found = compared({exact(20), second}, {exact(20)});
    EXPECT_THAT(outcomes_of(found), ElementsAre(ExactOutcome::not_deterministic));
    EXPECT_EQ(found.exact.identical, 0U);
    EXPECT_EQ(found.exact.tests[0].side, 'A');
    EXPECT_TRUE(found.exact.tests[0].in_one_run);
    EXPECT_FALSE(found.exact.tests[0].regressed()) << "it says nothing of B";
    EXPECT_EQ(exit_code_of(found), 2);
    EXPECT_EQ(exit_code_of(found, true), 1);
    EXPECT_THAT(comparison_text(found),
                HasSubstr("c::it t (deterministic) NOT DETERMINISTIC in A: 2 behaviours in 2 "
                          "attempts with seed 7, of one run"));
    EXPECT_THAT(compared({exact(20)}, {exact(20), second}).exact.tests,
                ElementsAre(Field(&ExactTest::side, 'B')));
}

TEST_F(CompareExact, RunsOfSeveralInputsAreNotCalledChance) {
    auto other = of_run(exact(30), "r2");
    other.scheduler_digest = "other";
    const auto found = compared({exact(20), other}, {exact(20)});
    EXPECT_THAT(outcomes_of(found), ElementsAre(ExactOutcome::other_inputs));
    EXPECT_THAT(found.exact.tests[0].inputs, ElementsAre("scheduler"));
    EXPECT_EQ(exit_code_of(found), 2);
    EXPECT_THAT(comparison_text(found), HasSubstr("name one run of each side"));
    // Of several runs with the same inputs it is, by all that is known.
    const auto chance = compared({exact(20), of_run(exact(30), "r2")}, {exact(20)});
    EXPECT_THAT(outcomes_of(chance), ElementsAre(ExactOutcome::not_deterministic));
    EXPECT_FALSE(chance.exact.tests[0].in_one_run);
}

TEST_F(CompareExact, SeedsThatBothHaveAreCompared) {
    const auto found = compared({exact(20, 1), exact(21, 2)}, {exact(20, 1), exact(40, 3)});
    EXPECT_EQ(found.exact.identical, 1U);
    EXPECT_THAT(found.exact.tests, IsEmpty());
    EXPECT_THAT(found.tests, IsEmpty()) << "another seed is no test that vanished";
    EXPECT_THAT(found.exact.one_sided, SizeIs(2));
    EXPECT_THAT(comparison_text(found),
                HasSubstr("not compared: c::it t (deterministic, seed 2): A alone ran it so\n"));
    EXPECT_EQ(exit_code_of(found), 0);
}

TEST_F(CompareExact, AFailureWithASeedOfItsOwnIsNotHidden) {
    auto bad = exact(20, 3);
    bad.verdict = sidecar::Verdict::fail;
    bad.reason = sidecar::Reason::test_failed;
    EXPECT_EQ(exit_code_of(compared({exact(20, 1)}, {exact(20, 1), bad})), 1);
    auto before = bad;
    before.seed = 4;
    EXPECT_EQ(exit_code_of(compared({exact(20, 1), before}, {exact(20, 1), bad})), 0)
        << "it failed in A too";
}

// Twelve timed attempts a side that differ, and a deterministic one that does not.
TEST_F(CompareExact, KindsAreComparedKindByKind) {
    std::vector<Record> a{exact(20)};
    std::vector<Record> b{exact(20)};
    for (unsigned i = 1; i <= 12; ++i) {
        for (auto* const side : {&a, &b}) {
            auto timed = exact(side == &a ? 100 + i : 200 + i);
            timed.deterministic = false;
            timed.seed = 0;
            timed.digest.clear();
            timed.machine = "kvm";
            timed.repetition = i;
            side->push_back(timed);
        }
    }
    const auto found = compared(a, b);
    EXPECT_EQ(found.exact.identical, 1U);
    EXPECT_THAT(found.metrics, ElementsAre(Field(&ComparedMetric::n_a, 12U)));
    EXPECT_EQ(found.metrics[0].outcome, MetricOutcome::regressed);
    EXPECT_THAT(found.differences, IsEmpty()) << "two machines, of two kinds";

    const auto alone = compared({a[0]}, {b[1]});
    EXPECT_EQ(alone.exact.compared(), 0U);
    EXPECT_THAT(alone.metrics, IsEmpty());
    EXPECT_THAT(alone.tests, IsEmpty()) << "the test is there, and has not vanished";
    EXPECT_THAT(comparison_text(alone),
                HasSubstr("not compared: c::it t (deterministic): A alone ran it so\n"
                          "not compared: c::it t: B alone ran it so\n"));
    EXPECT_EQ(exit_code_of(alone), 2);
}

TEST_F(CompareExact, WithoutADigestThereIsNothingToCompare) {
    auto cut_off = exact(30);
    cut_off.verdict = sidecar::Verdict::fail;
    cut_off.reason = sidecar::Reason::time_limit;
    auto again = cut_off; // the verdict of the last attempt counts
    again.attempt = 2;
    const auto found = compared({exact(20), again}, {cut_off});
    EXPECT_EQ(found.exact.untold, 1U);
    EXPECT_THAT(found.exact.tests, IsEmpty()) << "where the host cut it off is the host's affair";
    EXPECT_THAT(comparison_text(found), HasSubstr("1 without a digest"));
    EXPECT_EQ(exit_code_of(found), 2);
}

namespace {

sidecar::Frames said(std::string_view text) {
    sidecar::FrameLog log;
    log.add("started", "");
    log.add("out", text);
    return log.take();
}

} // namespace

TEST_F(CompareExact, SaysFromWhichFrameOn) {
    auto other = exact(20);
    other.digest = "other";
    const auto side = [&](const std::string& name, const Record& record, std::string_view text) {
        fs::create_directories(folder_->path() / name);
        EXPECT_THAT(sidecar::write(folder_->path() / name, record, std::vector{said(text)}),
                    IsOk());
        auto runs = read_runs(std::vector{folder_->path() / name});
        EXPECT_THAT(runs, IsOk());
        return std::move(*runs);
    };
    const auto found = compare(side("a", exact(20), "one"), side("b", other, "two"), {});
    EXPECT_EQ(found.exact.tests.at(0).frame, "frame 2");
    EXPECT_THAT(comparison_text(found),
                HasSubstr("  they part in frame 2: A out, 3 B: `one`; B out, 3 B: `two`\n"));
}

// One attempt that was run twice, in two ways: it is the same as nothing.
TEST_F(CompareExact, WhatACheckFoundIsNotCompared) {
    auto checked = exact(20);
    checked.verdict = sidecar::Verdict::fail;
    checked.reason = sidecar::Reason::diverged;
    checked.digest_again = "other";
    const auto path = folder_->path() / "a";
    fs::create_directories(path);
    EXPECT_THAT(sidecar::write(path, checked, std::vector{said("one"), said("two")}), IsOk());
    const auto a = read_runs(std::vector{path});
    ASSERT_THAT(a, IsOk());
    const auto found = compare(*a, runs_with("b", {exact(20)}), {});
    EXPECT_EQ(found.exact.identical, 0U);
    EXPECT_THAT(outcomes_of(found), ElementsAre(ExactOutcome::not_deterministic));
    EXPECT_EQ(found.exact.tests[0].behaviours, 2U);
    EXPECT_EQ(found.exact.tests[0].frame, "frame 2");
}

TEST_F(CompareExact, WhatCannotBeReadAgainIsSaid) {
    const auto a = runs_with("a", {exact(20)});
    const auto b = runs_with("b", {exact(30)});
    fs::remove_all(folder_->path() / "b");
    const auto found = compare(a, b, {});
    EXPECT_THAT(outcomes_of(found), ElementsAre(ExactOutcome::unread));
    EXPECT_EQ(exit_code_of(found), 2);
    EXPECT_THAT(comparison_text(found), HasSubstr("in what cannot be told: "));
}

TEST_F(CompareExact, IsJsonAndOnThePageToo) {
    const auto a = runs_with("a", {exact(20)});
    const auto b = runs_with("b", {exact(30)});
    const auto found = compare(a, b, {});
    const auto json = parse_json(comparison_json(found));
    ASSERT_TRUE(json);
    const auto& test = (*json)["exact"]["tests"].at(0);
    EXPECT_EQ(test["outcome"], "differs");
    EXPECT_EQ(test["regression"], true);
    EXPECT_EQ(test["seed"], 7U);
    EXPECT_EQ(test["differences"][0]["measure"], "max_gap");
    EXPECT_EQ(test["differences"][0]["a"], 20);
    EXPECT_EQ(test["differences"][0]["effect"], "worse");
    const auto page = html_report(b, &a, &found);
    EXPECT_THAT(page, HasSubstr("Deterministic attempts, compared exactly"));
    EXPECT_THAT(page, HasSubstr("<td>max_gap</td><td>20 ms</td><td>30 ms</td>"));
    EXPECT_THAT(page, Not(HasSubstr("aria-label=\"metrics of A and B\""))) << "none was ranked";
}

} // namespace ktstr::stats
