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
    const auto found = compared({passed("fails"),
                                 passed("skips"),
                                 passed("goes"),
                                 passed("wavers"),
                                 failed("mends"),
                                 passed("stays")},
                                {failed("fails"),
                                 skipped,
                                 unsure,
                                 passed("mends"),
                                 passed("stays"),
                                 passed("comes"),
                                 failed("new")});
    EXPECT_THAT(found.tests,
                ElementsAre(changed("fails", VerdictChange::newly_failing),
                            changed("new", VerdictChange::newly_failing),
                            changed("skips", VerdictChange::newly_skipped),
                            changed("goes", VerdictChange::vanished),
                            changed("wavers", VerdictChange::newly_inconclusive),
                            changed("mends", VerdictChange::mended),
                            changed("comes", VerdictChange::added)));
    EXPECT_EQ(found.tests_in_both, 5U);
    EXPECT_EQ(found.judged_in_both, 3U);
    EXPECT_EQ(exit_code_of(found), 1);
    EXPECT_THAT(comparison_text(found), HasSubstr("c::it fails   fails now              1 pass"));
}

namespace {

// One of several repetitions, or attempts.
Record nth(Record record, unsigned repetition, unsigned attempt = 1) {
    record.repetition = repetition;
    record.attempt = attempt;
    return record;
}

} // namespace

TEST(Compare, TheLastAttemptOfARetryCounts) {
    const auto t = [](bool good, unsigned attempt) {
        return nth(good ? passed("t") : failed("t"), 0, attempt);
    };
    EXPECT_THAT(compared({t(true, 1)}, {t(false, 1), t(true, 2)}).tests, IsEmpty());
    EXPECT_THAT(compared({t(false, 1), t(true, 2)}, {t(false, 1), t(false, 2), t(false, 3)}).tests,
                ElementsAre(changed("t", VerdictChange::newly_failing)));
}

// A failure among A's repetitions does not hide that all of B's fail.
TEST(Compare, WhatFailsMoreOftenThanNotIsNew) {
    std::vector<Record> a;
    std::vector<Record> b;
    for (unsigned i = 1; i <= 10; ++i) {
        a.push_back(nth(i == 1 ? failed("t") : passed("t"), i));
        b.push_back(nth(i == 1 ? passed("t") : failed("t"), i));
    }
    EXPECT_THAT(compared(a, b).tests, ElementsAre(changed("t", VerdictChange::newly_failing)));
    EXPECT_THAT(compared(a, a).tests, IsEmpty());
}

TEST(Compare, KernelsAreKeptApartWhereThereAreSeveral) {
    auto on_7 = passed("t");
    on_7.kernel_key = "7.3-key";
    auto fails_on_7 = failed("t");
    fails_on_7.kernel_key = "7.3-key";
    const auto both = compared({passed("t"), on_7}, {passed("t"), fails_on_7});
    EXPECT_THAT(both.tests, ElementsAre(changed("t on 7.3-key", VerdictChange::newly_failing)));
    EXPECT_THAT(compared({passed("t"), on_7}, {on_7}).tests,
                ElementsAre(changed("t on 6.12-key", VerdictChange::vanished)));
    const auto one_each = compared({passed("t")}, {on_7});
    EXPECT_THAT(one_each.tests, IsEmpty());
    EXPECT_EQ(one_each.kernel_b, "7.3-key");
}

TEST(Compare, AFlagNamedAsAKernelIsNoLabel) {
    const auto of = [](sidecar::Record record, const char* kernel) {
        record.test += std::string("/kernel_") + kernel;
        record.kernel_key = std::string(kernel) + "-key";
        record.own_name = "t";
        record.preset = "tiny-1llc";
        record.flag_profile =
            record.test.find("threads") == std::string::npos ? "default" : "kernel_threads";
        return record;
    };
    const std::string flagged = "gauntlet/t/tiny-1llc/kernel_threads";
    const std::string plain = "gauntlet/t/tiny-1llc/default";
    const auto found = compared({of(passed(flagged), "6.12"), of(passed(plain), "6.12")},
                                {of(failed(flagged), "7.3"), of(passed(plain), "7.3")});
    EXPECT_THAT(found.tests, ElementsAre(changed(flagged, VerdictChange::newly_failing)));
    EXPECT_EQ(found.tests_in_both, 2U);
}

TEST(Compare, WithoutAVerdictInBothNothingIsSaid) {
    auto unsure = failed("t");
    unsure.verdict = sidecar::Verdict::inconclusive;
    EXPECT_EQ(exit_code_of(compared({passed("t")}, {unsure})), 2);
}

TEST(Compare, WhatWasLeftOutHasNotVanished) {
    const auto found =
        compared({passed("left_out/kernel_6_12"), passed("gone"), passed("t")},
                 {passed("t"), passed("before"), passed("new")},
                 {.left_out_a = {"c::it before"}, .left_out_b = {"c::it left_out on 6.12-key"}});
    EXPECT_THAT(found.tests,
                ElementsAre(changed("gone", VerdictChange::vanished),
                            changed("new", VerdictChange::added)));
    EXPECT_EQ(found.left_out_in_b, 1U);
    EXPECT_EQ(found.left_out_in_a, 1U);
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
    EXPECT_NEAR(worse.metrics[0].change.value_or(0), 0.4, 0.1);
    EXPECT_EQ(exit_code_of(worse), 1);
    EXPECT_THAT(comparison_text(worse), HasSubstr("Metrics that regressed"));
    const auto better = compared(gaps("t", 12, 150, 1), gaps("t", 12, 100, 2));
    EXPECT_EQ(outcome(better), MetricOutcome::improved);
    EXPECT_EQ(exit_code_of(better), 0);
}

// Sure, and small: 5 % of a gap matter to nobody.
TEST(Compare, ForPeopleAChangeIsAPartOfA) {
    ComparedMetric halved{.change = -2.0 / 3};
    EXPECT_NEAR(*part_of_a(halved), -0.5, 1e-9);
    ComparedMetric doubled{.change = 2.0 / 3};
    EXPECT_NEAR(*part_of_a(doubled), 1, 1e-9);
    EXPECT_FALSE(part_of_a({}));
    EXPECT_FALSE(part_of_a({.change = 2})); // A has nothing
}

TEST(Compare, WhatIsAlwaysTheSameHasNotChanged) {
    const auto outcome = [](std::size_t count) {
        const Sample same{.a = std::vector(count, 1.0), .b = std::vector(count, 1.0), .pairs = {}};
        return compare_metrics(
                   {
                       {.test = "t", .metric = 0, .samples = {same}}
        },
                   0.01)[0]
            .outcome;
    };
    EXPECT_EQ(outcome(10), MetricOutcome::no_change);
    EXPECT_EQ(outcome(3), MetricOutcome::not_enough);
}

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
    EXPECT_GT(found.metrics[0].detectable.value_or(0), 0.25);
    EXPECT_THAT(comparison_text(found), HasSubstr("1 without enough data (1 could have told"));
}

// Ten times as long, in five values each: too few among three metrics, and never "no change".
TEST(Compare, FewValuesAmongManyMetricsAreNotEnough) {
    std::vector<Record> a;
    std::vector<Record> b;
    for (const auto* test : {"t", "u", "v"}) {
        for (const auto& one : gaps(test, 5, 100, 1)) {
            a.push_back(one);
        }
        for (const auto& one : gaps(test, 5, 1000, 2)) {
            b.push_back(one);
        }
    }
    const auto found = compared(a, b);
    EXPECT_THAT(found.metrics, SizeIs(3));
    for (const auto& one : found.metrics) {
        EXPECT_EQ(one.outcome, MetricOutcome::not_enough);
        EXPECT_EQ(one.detectable, std::nullopt);
    }
    EXPECT_EQ(exit_code_of(found), 2);
}

// Half as long again everywhere, in variants with ten and one values, and one and ten.
TEST(Compare, VariantsOfDifferentSizesCountAlike) {
    std::vector<Record> a;
    std::vector<Record> b;
    for (unsigned i = 0; i < 20; ++i) {
        const auto name = fmt::format("gauntlet/t/preset-{}/default", i);
        for (const auto& one : gaps(name, i % 2 == 0 ? 10 : 1, 100, i)) {
            a.push_back(one);
        }
        for (const auto& one : gaps(name, i % 2 == 0 ? 1 : 10, 150, 100 + i)) {
            b.push_back(one);
        }
    }
    const auto found = compared(a, b);
    EXPECT_EQ(outcome(found), MetricOutcome::regressed);
    EXPECT_NEAR(found.metrics[0].change.value_or(0), 0.4, 0.1);
}

// From nothing there is no part: the absolute bound decides.
TEST(Compare, FromZeroTheAbsoluteDifferenceDecides) {
    const auto all = [](double ms) { return std::vector<Record>(12, with_gap("t", ms)); };
    EXPECT_EQ(outcome(compared(all(0), all(40))), MetricOutcome::regressed);
    EXPECT_NE(outcome(compared(all(0), all(4))), MetricOutcome::regressed) << "4 ms are nothing";
}

// A metric that one side alone has is not forgotten.
TEST(Compare, AMetricOfOneSideIsNotEnough) {
    const auto found = compared(gaps("t", 12, 100, 1), std::vector<Record>(12, passed("t")));
    EXPECT_EQ(outcome(found), MetricOutcome::not_enough);
    EXPECT_EQ(found.metrics[0].n_a, 12U);
    EXPECT_EQ(found.metrics[0].n_b, 0U);
    EXPECT_EQ(exit_code_of(found), 2);
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
    auto both = gaps("t/kernel_6", 12, 100, 1);
    for (auto one : gaps("t/kernel_7", 12, 200, 2)) {
        one.kernel_key = "7.3-key";
        both.push_back(one);
    }
    const auto found = compared(both, both, {.kernel_a = "6.12", .kernel_b = "7.3"});
    EXPECT_EQ(outcome(found), MetricOutcome::regressed);
    EXPECT_EQ(found.kernel_a, "6.12-key");
    const auto runs = runs_of(both);
    EXPECT_TRUE(has_kernel(runs, "7.3"));
    EXPECT_FALSE(has_kernel(runs, "9.9"));
}

TEST(Compare, OnOtherProcessorsVerdictsAlone) {
    auto before = gaps("t", 12, 100, 1);
    auto after = gaps("t", 12, 300, 1);
    for (auto& one : before) {
        one.host_cpu = "this";
    }
    for (auto& one : after) {
        one.host_cpu = "that\x1b[2J";
    }
    after.push_back(failed("u"));
    before.push_back(passed("u"));
    const auto found = compared(before, after);
    ASSERT_THAT(found.differences, SizeIs(1));
    EXPECT_THAT(found.differences[0], ::testing::Not(HasSubstr("\x1b")));
    EXPECT_THAT(found.metrics, IsEmpty());
    EXPECT_THAT(found.tests, ElementsAre(changed("u", VerdictChange::newly_failing)));
    EXPECT_THAT(compared(before, after, {.across_hosts = true}).metrics, SizeIs(1));
    // What an older file does not tell, and what never had a machine, differ in nothing.
    auto older = gaps("t", 12, 100, 1);
    auto none = failed("v");
    none.machine.clear();
    older.push_back(none);
    EXPECT_THAT(compared(before, older).differences, IsEmpty());
}

TEST(Compare, IsJsonToo) {
    const auto json =
        parse_json(comparison_json(compared(gaps("t", 12, 100, 1), gaps("t", 12, 150, 2))));
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["metrics"][0]["metric"], "max_gap");
    EXPECT_EQ((*json)["metrics"][0]["outcome"], "regressed");
}

} // namespace ktstr::stats
