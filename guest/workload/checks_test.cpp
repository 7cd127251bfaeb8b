// Each threshold on made-up measurements: one that is good, the same one degraded, and none at all.
#include "guest/workload/checks.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace ktstr::workload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t second = 1'000'000'000;

WorkerRow worker() {
    WorkerRow row{.tid = 100, .measured_ns = second};
    row.tally = {
        .iterations = 1000,
        .work_units = 1'000'000,
        .migrations = 10,
        .cross_node_migrations = 1,
        .sched = {.cpu_time_ns = 500'000'000, .run_delay_ns = 1000, .timeslices = 10},
        .max_gap_ns = 20'000'000,
        .cpus = CpuSet::one(1)
    };
    return row;
}

// Two workers of one cgroup in one step, under which all thresholds of the table hold.
Measured good() {
    Measured measured;
    PhaseRecord phase{.index = 1, .begin_ns = 0, .end_ns = second, .host = {.busy_ns = second}};
    Group group;
    group.workers[1] = worker();
    group.workers[2] = worker();
    for (int sample = 0; sample < 100; ++sample) {
        group.wakes.count(10'000);
    }
    group.pages = {.seen = 100, .local = 95, .slow = 2};
    phase.cgroups["a"] = group;
    measured.phases.push_back(phase);
    return measured;
}

Group& group_of(Measured& measured) {
    return measured.phases[0].cgroups["a"];
}

struct Threshold {
    std::string name;
    std::function<void(Thresholds&)> set;
    std::function<void(Group&)> degrade;
    bool of_time;
};

std::vector<Threshold> thresholds() {
    return {
        {"not_starved",
         [](Thresholds& t) { t.not_starved = true; },
         [](Group& g) { g.workers[2].tally.iterations = g.workers[2].tally.work_units = 0; },
         true                                                                                     },
        {"isolation",
         [](Thresholds& t) { t.isolation = true; },
         [](Group& g) { g.workers[2].outside = CpuSet::one(7); },
         false                                                                                    },
        {"max_gap_ms",
         [](Thresholds& t) { t.max_gap_ms = 21; },
         [](Group& g) { g.workers[2].tally.max_gap_ns = 22'000'000; },
         true                                                                                     },
        {"max_spread_pct",
         [](Thresholds& t) { t.max_spread_pct = 15; },
         [](Group& g) { g.workers[2].tally.sched.cpu_time_ns = 300'000'000; },
         true                                                                                     },
        {"max_throughput_cv",
         [](Thresholds& t) { t.max_throughput_cv = 0.2; },
         [](Group& g) { g.workers[2].tally.work_units /= 4; },
         true                                                                                     },
        {"min_work_rate",
         [](Thresholds& t) { t.min_work_rate = 1'900'000; },
         [](Group& g) { g.workers[2].tally.work_units /= 2; },
         true                                                                                     },
        {"max_p99_wake_latency_ns",
         [](Thresholds& t) { t.max_p99_wake_latency_ns = 11'000; },
         [](Group& g) {
             g.wakes.count(50'000);
             g.wakes.count(50'000);
         },                                                                                   true},
        {"max_wake_latency_cv",
         [](Thresholds& t) { t.max_wake_latency_cv = 0.1; },
         [](Group& g) { g.wakes.count(50'000); },
         true                                                                                     },
        {"min_iteration_rate",
         [](Thresholds& t) { t.min_iteration_rate = 900; },
         [](Group& g) { g.workers[2].tally.iterations = 800; },
         true                                                                                     },
        {"max_migration_ratio",
         [](Thresholds& t) { t.max_migration_ratio = 0.02; },
         [](Group& g) { g.workers[2].tally.migrations = 100; },
         false                                                                                    },
        {"min_page_locality",
         [](Thresholds& t) { t.min_page_locality = 0.9; },
         [](Group& g) { g.pages.local = 80; },
         false                                                                                    },
        {"max_cross_node_migration_ratio",
         [](Thresholds& t) { t.max_cross_node_migration_ratio = 0.2; },
         [](Group& g) { g.workers[2].tally.cross_node_migrations = 9; },
         false                                                                                    },
        {"max_slow_tier_ratio",
         [](Thresholds& t) { t.max_slow_tier_ratio = 0.1; },
         [](Group& g) { g.pages.slow = 20; },
         false                                                                                    },
    };
}

class EachThreshold : public testing::TestWithParam<Threshold> {
protected:
    EachThreshold() { GetParam().set(limits_); }

    Judged judged(const Measured& measured) const {
        const auto checks = check(limits_, measured);
        EXPECT_EQ(checks.size(), 1U);
        EXPECT_EQ(checks.at(0).name, GetParam().name);
        return judge(checks, measured);
    }

    Thresholds limits_;
};

TEST_P(EachThreshold, PassesWhenItHolds) {
    const auto result = judged(good());
    EXPECT_EQ(result.verdict, Verdict::pass);
    EXPECT_THAT(result.details, testing::IsEmpty());
}

TEST_P(EachThreshold, FailsWhenDegradedAndSaysWhere) {
    auto measured = good();
    GetParam().degrade(group_of(measured));
    const auto result = judged(measured);
    EXPECT_EQ(result.verdict, Verdict::fail);
    ASSERT_EQ(result.details.size(), 1U);
    EXPECT_THAT(result.details[0], StartsWith(GetParam().name + ": "));
    EXPECT_THAT(result.details[0], HasSubstr("cgroup a"));
    EXPECT_THAT(result.details[0], HasSubstr("step 0"));
}

TEST_P(EachThreshold, IsInconclusiveWithoutSamples) {
    EXPECT_EQ(judged(Measured{}).verdict, Verdict::inconclusive);
    auto empty = good();
    group_of(empty) = Group{};
    EXPECT_EQ(judged(empty).verdict, Verdict::inconclusive);
}

TEST_P(EachThreshold, IsInconclusiveWhenTheHostTookTheTime) {
    auto measured = good();
    measured.phases[0].host = {.busy_ns = 100, .steal_ns = 51};
    EXPECT_EQ(judged(measured).verdict, Verdict::pass);
    GetParam().degrade(group_of(measured));
    EXPECT_EQ(judged(measured).verdict, GetParam().of_time ? Verdict::inconclusive : Verdict::fail);
    measured.phases[0].host = {.busy_ns = 100, .steal_ns = 50};
    EXPECT_EQ(judged(measured).verdict, Verdict::fail);
}

INSTANTIATE_TEST_SUITE_P(All,
                         EachThreshold,
                         testing::ValuesIn(thresholds()),
                         [](const auto& tested) { return tested.param.name; });

TEST(Check, TellsTheWorstPlace) {
    auto measured = good();
    measured.phases.push_back(measured.phases[0]);
    measured.phases[1].index = 2;
    measured.phases[1].cgroups["a"].workers[2].tally.max_gap_ns = 90'000'000;
    Thresholds limits;
    limits.max_gap_ms = 10;
    const auto checks = check(limits, measured);
    EXPECT_EQ(checks[0].worst, 90);
    EXPECT_EQ(checks[0].where, "cgroup a, worker 2, step 1");
    EXPECT_THAT(judge(checks, measured).details,
                ElementsAre("max_gap_ms: 90, limit 10 (cgroup a, worker 2, step 1)"));
}

TEST(Check, ARealFailureIsNotExcusedByAnotherPhase) {
    auto measured = good();
    group_of(measured).workers[2].tally.max_gap_ns = 50'000'000;
    measured.phases.push_back(good().phases[0]);
    measured.phases[1].cgroups["a"].workers[2].tally.max_gap_ns = 90'000'000;
    measured.phases[1].host = {.busy_ns = 100, .steal_ns = 100};
    Thresholds limits;
    limits.max_gap_ms = 40;
    EXPECT_EQ(judge(check(limits, measured), measured).verdict, Verdict::fail);
}

TEST(Judge, NothingSetIsAPassAndAMishapAFailure) {
    auto measured = good();
    EXPECT_EQ(judge(check({}, measured), measured).verdict, Verdict::pass);
    measured.mishaps = {"cgroup a, worker 1 ended before its time"};
    const auto result = judge(check({}, measured), measured);
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.details, ElementsAre("cgroup a, worker 1 ended before its time"));
}

// Its own counts come when it ends: until then there is nothing to hold against it.
TEST(Check, ACustomWorkerIsJudgedByItsReportAlone) {
    auto measured = good();
    for (auto& [number, row] : group_of(measured).workers) {
        row.tally = {};
        row.counted = false;
    }
    Thresholds limits;
    limits.not_starved = true;
    EXPECT_EQ(judge(check(limits, measured), measured).verdict, Verdict::inconclusive);
}

TEST(Check, TheBaselineIsNotJudgedBesideSteps) {
    auto measured = good();
    auto baseline = good().phases[0];
    baseline.index = 0;
    baseline.cgroups["a"].workers[2].tally.iterations = 0;
    baseline.cgroups["a"].workers[2].tally.work_units = 0;
    measured.phases.insert(measured.phases.begin(), baseline);
    Thresholds limits;
    limits.not_starved = true;
    EXPECT_EQ(judge(check(limits, measured), measured).verdict, Verdict::pass);
    measured.phases.pop_back();
    EXPECT_EQ(judge(check(limits, measured), measured).verdict, Verdict::fail);
}

TEST(Check, AWorkerThatHasJustComeIsNotStarved) {
    auto measured = good();
    auto& row = group_of(measured).workers[2];
    row.tally.iterations = row.tally.work_units = 0;
    row.measured_ns = second / 20;
    Thresholds limits;
    limits.not_starved = true;
    EXPECT_EQ(judge(check(limits, measured), measured).verdict, Verdict::pass);
    row.measured_ns = second / 5;
    EXPECT_EQ(judge(check(limits, measured), measured).verdict, Verdict::fail);
}

} // namespace
} // namespace ktstr::workload
