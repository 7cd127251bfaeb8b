#include "cargo-ktstr/stats/summary.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using sidecar::Phase;
using sidecar::Record;
using sidecar::Verdict;

Record record(const std::string& test, unsigned attempt, Verdict verdict, std::int64_t wall = 0) {
    Record made{.binary_id = "crate", .test = test, .attempt = attempt};
    made.verdict = verdict;
    made.wall_ns = wall;
    return made;
}

Summary summary_of(const std::vector<Record>& records) {
    const auto runs = runs_of(records);
    return summarise(runs.attempts, runs.words);
}

} // namespace

TEST(Summary, CountsTestsByTheirLastAttempt) {
    const auto summary = summary_of({record("a", 2, Verdict::pass), // files may come in any order
                                     record("a", 1, Verdict::fail),
                                     record("b", 1, Verdict::pass),
                                     record("c", 1, Verdict::inconclusive),
                                     record("c", 2, Verdict::fail),
                                     record("d", 1, Verdict::skip)});
    EXPECT_EQ(summary.attempts, 6U);
    EXPECT_EQ(summary.all_tests(), 4U);
    EXPECT_EQ(summary.count(Verdict::pass), 2U);
    EXPECT_EQ(summary.count(Verdict::fail), 1U);
    EXPECT_EQ(summary.count(Verdict::skip), 1U);
    EXPECT_EQ(summary.count(Verdict::inconclusive), 0U);
    EXPECT_EQ(summary.flaky, 1U);
}

TEST(Summary, TheSameTestNameInTwoBinariesIsTwoTests) {
    auto other = record("a", 1, Verdict::pass);
    other.binary_id = "crate::other";
    EXPECT_EQ(summary_of({record("a", 1, Verdict::fail), other}).all_tests(), 2U);
}

TEST(Summary, AddsUpOnlyPhasesThatHappened) {
    auto first = record("a", 1, Verdict::pass, 10);
    auto second = record("b", 1, Verdict::pass, 30);
    auto third = record("c", 1, Verdict::pass, 20);
    first.phases_ns[static_cast<std::size_t>(Phase::boot)] = 5;
    third.phases_ns[static_cast<std::size_t>(Phase::boot)] = 7;
    const auto summary = summary_of({first, second, third});
    EXPECT_EQ(summary.total.sum_ns, 60);
    EXPECT_EQ(summary.total.median_ns, 20);
    ASSERT_TRUE(summary.phases[static_cast<std::size_t>(Phase::boot)]);
    EXPECT_EQ(summary.phases[static_cast<std::size_t>(Phase::boot)]->sum_ns, 12);
    EXPECT_FALSE(summary.phases[static_cast<std::size_t>(Phase::lease)]);
}

TEST(Summary, OfNothingIsNothing) {
    EXPECT_EQ(summary_of({}).all_tests(), 0U);
}

} // namespace ktstr::stats
