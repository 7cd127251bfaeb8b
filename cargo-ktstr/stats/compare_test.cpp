#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/compare_report.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/base/json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace ktstr::stats {

namespace {

using sidecar::Record;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Record with_gap(const std::string& test, double ms) {
    return passed(
        test, fmt::format(R"({{"results": [{{"cgroups": {{"a": {{"max_gap_ms": {}}}}}}}]}})", ms));
}

// So many attempts of a test, with gaps around a middle.
std::vector<Record> gaps(const std::string& test, std::size_t count, double middle, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(middle, middle / 20);
    std::vector<Record> out;
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back(with_gap(test, noise(random)));
    }
    return out;
}

Comparison compared(const std::vector<Record>& a,
                    const std::vector<Record>& b,
                    const CompareOptions& options = {}) {
    return compare(runs_of(a), runs_of(b), options);
}

MetricOutcome outcome(const Comparison& comparison) {
    EXPECT_THAT(comparison.metrics, SizeIs(1));
    return comparison.metrics.at(0).outcome;
}

auto changed(const std::string& test, VerdictChange change) {
    return ::testing::AllOf(Field(&ChangedTest::test, "c::it " + test),
                            Field(&ChangedTest::change, change));
}

} // namespace

TEST(Compare, WhatFailsIsSkippedOrGoneIsARegression) {
    auto skipped = passed("skips");
    skipped.verdict = sidecar::Verdict::skip;
    auto unsure = failed("wavers");
    unsure.verdict = sidecar::Verdict::inconclusive;
    const auto found = compared({passed("fails/kernel_6_12"),
                                 passed("skips"),
                                 passed("goes"),
                                 passed("wavers"),
                                 failed("mends"),
                                 passed("stays")},
                                {failed("fails/kernel_7_3"),
                                 passed("fails/kernel_7_3"),
                                 skipped,
                                 unsure,
                                 passed("mends"),
                                 passed("stays"),
                                 passed("comes")});
    EXPECT_THAT(found.tests,
                ElementsAre(changed("fails", VerdictChange::newly_failing),
                            changed("skips", VerdictChange::newly_skipped),
                            changed("goes", VerdictChange::vanished),
                            changed("wavers", VerdictChange::newly_inconclusive),
                            changed("mends", VerdictChange::mended),
                            changed("comes", VerdictChange::added)));
    EXPECT_EQ(found.tests_in_both, 5U);
    EXPECT_EQ(exit_code_of(found), 1);
    EXPECT_THAT(comparison_text(found),
                HasSubstr("c::it fails   fails now              1 pass  1 pass, 1 fail"));
}

TEST(Compare, WhatWasLeftOutHasNotVanished) {
    const auto found = compared({passed("left_out/kernel_6_12"), passed("gone"), passed("t")},
                                {passed("t"), passed("before"), passed("new")},
                                {.planned_a = {"c::it before"}, .planned_b = {"c::it left_out"}});
    EXPECT_THAT(found.tests,
                ElementsAre(changed("gone", VerdictChange::vanished),
                            changed("new", VerdictChange::added)));
    EXPECT_EQ(found.not_run_in_b, 1U);
    EXPECT_EQ(found.not_run_in_a, 1U);
}

TEST(Compare, OfTheSameThereIsNoRegression) {
    const auto found = compared(gaps("t", 12, 100, 1), gaps("t", 12, 100, 2));
    EXPECT_THAT(found.tests, IsEmpty());
    EXPECT_EQ(outcome(found), MetricOutcome::no_change);
    EXPECT_EQ(exit_code_of(found), 0);
}

TEST(Compare, FindsAMetricThatIsWorseOrBetter) {
    const auto worse = compared(gaps("t", 12, 100, 1), gaps("t", 12, 150, 2));
    EXPECT_EQ(outcome(worse), MetricOutcome::regressed);
    EXPECT_NEAR(worse.metrics[0].change, 0.4, 0.1);
    EXPECT_EQ(exit_code_of(worse), 1);
    EXPECT_THAT(comparison_text(worse), HasSubstr("Metrics that regressed"));
    const auto better = compared(gaps("t", 12, 150, 1), gaps("t", 12, 100, 2));
    EXPECT_EQ(outcome(better), MetricOutcome::improved);
    EXPECT_EQ(exit_code_of(better), 0);
}

// Sure, and small: 5 % of a gap matter to nobody.
TEST(Compare, WhatDoesNotMatterIsNoRegression) {
    std::vector<Record> a;
    std::vector<Record> b;
    for (int i = 0; i < 12; ++i) {
        a.push_back(with_gap("t", 100 + 0.01 * i));
        b.push_back(with_gap("t", 105 + 0.01 * i));
    }
    EXPECT_EQ(outcome(compared(a, b)), MetricOutcome::no_change);
}

TEST(Compare, FewValuesAreNotEnough) {
    const auto found = compared({with_gap("t", 100)}, {with_gap("t", 900)});
    EXPECT_EQ(outcome(found), MetricOutcome::not_enough);
    EXPECT_EQ(exit_code_of(found), 2);
    const auto nothing = compared({passed("t")}, {passed("t")});
    EXPECT_EQ(exit_code_of(nothing), 0) << "verdicts alone were to be compared";
    EXPECT_EQ(exit_code_of(compared({}, {passed("t")})), 2) << "there was nothing in both";
}

// Wide noise: a change that matters could have hidden in it.
TEST(Compare, SaysWhatCouldHaveBeenSeen) {
    std::vector<Record> a;
    std::vector<Record> b;
    for (const auto ms : {10, 400, 90, 1000, 50, 700, 30, 200}) {
        a.push_back(with_gap("t", ms));
        b.push_back(with_gap("t", ms + 1));
    }
    const auto found = compared(a, b);
    EXPECT_EQ(outcome(found), MetricOutcome::not_enough);
    EXPECT_GT(found.metrics[0].detectable, 0.25);
    EXPECT_THAT(comparison_text(found), HasSubstr("1 without enough data (1 could have told"));
}

// One value of each of many variants, all of which are slower by as much.
TEST(Compare, VariantsArePairs) {
    std::vector<Record> a;
    std::vector<Record> b;
    for (int i = 1; i <= 10; ++i) {
        const auto name = fmt::format("gauntlet/t/preset-{}/default", i);
        a.push_back(with_gap(name, 100.0 * i));
        b.push_back(with_gap(name, 140.0 * i + i * i));
    }
    const auto found = compared(a, b);
    EXPECT_EQ(outcome(found), MetricOutcome::regressed);
    EXPECT_EQ(found.metrics[0].variants, 10U);
}

TEST(Compare, FailuresAreNotAveragedIn) {
    auto a = gaps("t", 12, 100, 1);
    auto b = gaps("t", 12, 100, 2);
    for (int i = 0; i < 12; ++i) {
        auto bad = with_gap("t", 9000);
        bad.verdict = sidecar::Verdict::fail;
        a.push_back(bad);
        b.push_back(bad);
    }
    EXPECT_EQ(outcome(compared(a, b)), MetricOutcome::no_change);
}

TEST(Compare, TakesTheKernelThatIsAskedFor) {
    auto old_kernel = gaps("t/kernel_6", 12, 100, 1);
    auto new_kernel = gaps("t/kernel_7", 12, 200, 2);
    for (auto& one : new_kernel) {
        one.kernel_key = "7.3-key";
    }
    auto both = old_kernel;
    both.insert(both.end(), new_kernel.begin(), new_kernel.end());
    EXPECT_EQ(outcome(compared(both, both, {.kernel_a = "6.12", .kernel_b = "7.3"})),
              MetricOutcome::regressed);
    EXPECT_EQ(outcome(compared(both, both)), MetricOutcome::not_enough) << "two middles";
}

TEST(Compare, NamesWhatTheMachinesDifferIn) {
    auto other = passed("t");
    other.host_cpu = "another";
    EXPECT_THAT(compared({passed("t")}, {other}).differences, SizeIs(2));
    EXPECT_THAT(compared({passed("t")}, {passed("t")}).differences, IsEmpty());
}

TEST(Compare, IsJsonToo) {
    const auto json =
        parse_json(comparison_json(compared(gaps("t", 12, 100, 1), gaps("t", 12, 150, 2))));
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["metrics"][0]["metric"], "max_gap");
    EXPECT_EQ((*json)["metrics"][0]["outcome"], "regressed");
}

} // namespace ktstr::stats
