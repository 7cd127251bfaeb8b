#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/compare_report.hpp"
#include "cargo-ktstr/stats/in_turn.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/base/json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string_view>

namespace ktstr::stats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

// The starts of each pair, of sides that began in that order: "ABBA".
std::vector<std::pair<std::int64_t, std::int64_t>> pairs_of(std::string_view order) {
    std::vector<Attempt> attempts(order.size());
    std::vector<const Attempt*> a;
    std::vector<const Attempt*> b;
    for (std::size_t i = order.size(); i-- > 0;) { // whatever order they are told in
        attempts[i].started_at_ns = static_cast<std::int64_t>(i) + 1;
        (order[i] == 'A' ? a : b).push_back(&attempts[i]);
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& [of_a, of_b] : in_turn(a, b)) {
        out.emplace_back(of_a->started_at_ns, of_b->started_at_ns);
    }
    return out;
}

TEST(InTurn, AreThoseOfWhichEachHasOneOfTheOtherSideBesideIt) {
    EXPECT_THAT(pairs_of("ABAB"), ElementsAre(Pair(1, 2), Pair(3, 4)));
    EXPECT_THAT(pairs_of("ABBABA"), ElementsAre(Pair(1, 2), Pair(4, 3), Pair(6, 5)));
    for (const auto* order : {"AABB", "ABAABB", "ABA", "AB", "A", "", "AABBAB"}) {
        EXPECT_THAT(pairs_of(order), IsEmpty()) << order;
    }
}

TEST(InTurn, WithoutTimesThereAreNone) {
    const std::vector<Attempt> four(4);
    EXPECT_THAT(in_turn(std::vector{&four[0], &four[1]}, std::vector{&four[2], &four[3]}),
                IsEmpty());
}

// A host that becomes slower and slower: B is a little more each time.
struct Drifting {
    std::vector<sidecar::Record> a;
    std::vector<sidecar::Record> b;

    Drifting(std::size_t count, double factor, bool interleaved) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto middle = 100.0 + 20.0 * static_cast<double>(i);
            const auto start = static_cast<std::int64_t>(interleaved ? 2 * i : i) + 1;
            a.push_back(gap(middle, start));
            b.push_back(gap(factor * middle + static_cast<double>(i % 3),
                            start + static_cast<std::int64_t>(interleaved ? 1 : count)));
        }
    }

    static sidecar::Record gap(double ms, std::int64_t start) {
        auto record = passed(
            "t",
            fmt::format(R"({{"results": [{{"cgroups": {{"a": {{"max_gap_ms": {}}}}}}}]}})", ms));
        record.repetition = static_cast<unsigned>(start);
        record.started_at_ns = start;
        return record;
    }

    Comparison compared() const { return compare(runs_of(a), runs_of(b), {}); }

    ComparedMetric metric() const {
        const auto found = compared();
        EXPECT_THAT(found.metrics, SizeIs(1));
        return found.metrics.at(0);
    }
};

TEST(InTurn, PairsTellWhatRanksDrownIn) {
    const auto paired = Drifting(12, 1.4, true).metric();
    EXPECT_EQ(paired.pairs, 12U);
    EXPECT_EQ(paired.outcome, MetricOutcome::regressed);
    EXPECT_DOUBLE_EQ(paired.p, 2.0 / 4096);
    const auto apart = Drifting(12, 1.4, false).metric();
    EXPECT_EQ(apart.pairs, 0U);
    EXPECT_NE(apart.outcome, MetricOutcome::regressed);
}

TEST(InTurn, TooFewPairsToTellAnythingAreComparedByRanks) {
    EXPECT_EQ(Drifting(8, 3, true).metric().pairs, 8U); // 2/256 is below 0.01
    EXPECT_EQ(Drifting(7, 3, true).metric().pairs, 0U);
    EXPECT_EQ(Drifting(7, 9, true).metric().outcome, MetricOutcome::regressed);
}

// A pair of which one has no value is none; the others stay pairs.
TEST(InTurn, WhatDidNotPassTakesItsPartnerWithIt) {
    Drifting runs(12, 1.4, true);
    runs.a[3].verdict = sidecar::Verdict::fail;
    runs.b[5].verdict = sidecar::Verdict::fail;
    const auto found = runs.metric();
    EXPECT_EQ(found.pairs, 10U);
    EXPECT_EQ(found.n_a, 11U);
    EXPECT_DOUBLE_EQ(found.p, 2.0 / 1024);
}

TEST(InTurn, TheReportSaysWhichTestItWas) {
    const auto paired = Drifting(12, 1.4, true).compared();
    EXPECT_THAT(comparison_text(paired), HasSubstr("signed rank, 12 pairs"));
    const auto json = parse_json(comparison_json(paired));
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["metrics"][0]["by"], "signed-rank");
    EXPECT_EQ((*json)["metrics"][0]["pairs"], 12);
    const auto apart = Drifting(12, 9, false).compared();
    EXPECT_THAT(comparison_text(apart), HasSubstr("rank sum"));
    EXPECT_EQ((*parse_json(comparison_json(apart)))["metrics"][0]["by"], "rank-sum");
}

} // namespace
} // namespace ktstr::stats
