#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using sidecar::Record;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string gap(double ms) {
    return fmt::format(R"({{"results": [{{"cgroups": {{"a": {{"max_gap_ms": {}}}}}}}]}})", ms);
}

std::string variant(int number) {
    return fmt::format("gauntlet/t/preset-{}/default", number);
}

// Variants of one test with such gaps.
std::vector<Record> with_gaps(const std::vector<double>& gaps) {
    std::vector<Record> records;
    for (const auto ms : gaps) {
        records.push_back(passed(variant(static_cast<int>(records.size())), gap(ms)));
    }
    return records;
}

Gauntlet analysed(const std::vector<Record>& records) {
    static Runs runs; // outliers look at attempts
    runs = runs_of(records);
    return analyse(runs.attempts, runs.words);
}

} // namespace

TEST(Gauntlet, FindsWhatStandsOutEitherWay) {
    const auto found = analysed(with_gaps({100, 101, 99, 102, 98, 103, 400, 10}));
    EXPECT_EQ(found.tests_compared, 1U);
    ASSERT_THAT(found.outliers, SizeIs(2));
    EXPECT_DOUBLE_EQ(found.outliers[0].value, 400);
    EXPECT_GT(found.outliers[0].score, least_score);
    EXPECT_DOUBLE_EQ(found.outliers[1].value, 10);
    EXPECT_LT(found.outliers[1].score, -least_score);
    EXPECT_NEAR(found.outliers[0].median, 100.5, 1e-6);
}

TEST(Gauntlet, WhatDoesNotMatterDoesNotStandOut) {
    EXPECT_THAT(analysed(with_gaps({100, 100, 100, 100, 100, 104})).outliers, IsEmpty());
    EXPECT_THAT(analysed(with_gaps({1, 1, 1, 1, 1, 4})).outliers, IsEmpty()) << "3 ms are nothing";
    EXPECT_THAT(analysed(with_gaps({100, 100, 100, 100, 100, 130})).outliers, SizeIs(1))
        << "all others are the same";
}

TEST(Gauntlet, FewVariantsTellNothing) {
    const auto found = analysed(with_gaps({1, 1, 1, 1000}));
    EXPECT_THAT(found.outliers, IsEmpty());
    EXPECT_EQ(found.tests_compared, 0U);
}

// A failure's values are in no median and no outlier; it is counted.
TEST(Gauntlet, FailuresAreNotAveragedIn) {
    auto records = with_gaps({100, 100, 100, 100, 100});
    for (int i = 10; i < 20; ++i) {
        records.push_back(failed(variant(i), gap(9000)));
    }
    const auto found = analysed(records);
    EXPECT_THAT(found.outliers, IsEmpty());
    ASSERT_THAT(found.by_test, SizeIs(1));
    EXPECT_THAT(found.by_test[0].verdicts, ElementsAre(5, 10, 0, 0));
    EXPECT_EQ(found.by_test[0].medians[0], 100.0);
}

TEST(Gauntlet, GroupsByWhatTheVariantsAre) {
    auto other =
        passed("gauntlet/u/tiny-1llc/late/kernel_7", R"({"results": [{"work": ["bursty"]}]})");
    other.kernel_key = "7-key";
    auto on_host = passed("h");
    on_host.host_only = true;
    const auto found =
        analysed({passed("t/kernel_6_12"), failed("gauntlet/u/tiny-1llc/default"), other, on_host});
    const auto named = [](const std::string& name) { return Field(&Group::name, name); };
    EXPECT_THAT(found.by_test, ElementsAre(named("c::it u"), named("c::it t")))
        << "what fails most goes first";
    EXPECT_THAT(found.by_topology, ElementsAre(named("tiny-1llc (1n2l2c1t)"), named("1n2l2c1t")));
    EXPECT_THAT(found.by_kernel, ElementsAre(named("6.12-key"), named("7-key")));
    EXPECT_THAT(found.by_work, ElementsAre(named(""), named("bursty")));
}

TEST(LastAttempts, AreTheOnesThatCount) {
    auto first = failed("t");
    auto second = passed("t");
    second.attempt = 2;
    auto elsewhere = failed("t");
    elsewhere.run_id = "r2";
    const auto runs = runs_of({second, first, elsewhere});
    const auto last = last_attempts(runs.attempts);
    ASSERT_THAT(last, SizeIs(2));
    EXPECT_TRUE(last[0]->passed());
    EXPECT_FALSE(last[1]->passed());
}

// Guest time is in no median with the host's, nor an outlier for that it differs.
TEST(Gauntlet, KeepsTheDeterministicApart) {
    auto records = with_gaps({100, 101, 99, 102, 98, 103});
    for (const auto& one : with_gaps({4, 5})) {
        records.push_back(deterministic(one, "d"));
    }
    const auto found = analysed(records);
    EXPECT_THAT(found.outliers, IsEmpty());
    ASSERT_THAT(found.by_test, SizeIs(2));
    const auto gap_of = [&](std::size_t row) {
        return found.by_test.at(row).medians.at(*metric_named("max_gap"));
    };
    EXPECT_FALSE(found.by_test[0].deterministic);
    EXPECT_EQ(gap_of(0), 100.5);
    EXPECT_TRUE(found.by_test[1].deterministic);
    EXPECT_EQ(gap_of(1), 4.5);
}

} // namespace ktstr::stats
