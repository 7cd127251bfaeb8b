#include "cargo-ktstr/stats/programs.hpp"
#include "cargo-ktstr/stats/report.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

sidecar::Record with(const std::string& scheduler, std::string facts) {
    auto record = passed("t", std::move(facts));
    record.schedulers = {{.name = scheduler}};
    return record;
}

constexpr const char* enqueue_of_a = R"({"programs": [
    {"name": "enqueue", "verified_insns": 800000, "run_cnt": 4, "run_time_ns": 1000},
    {"name": "init", "verified_insns": 10, "run_cnt": 0, "run_time_ns": 0}, 7, {"name": 8}],
    "events": {"SCX_EV_A": 3, "SCX_EV_B": 0, "bad": -1}})";
constexpr const char* enqueue_again = R"({"programs": [
    {"name": "enqueue", "verified_insns": 900000, "run_cnt": 6, "run_time_ns": 500}],
    "events": {"SCX_EV_A": 4}})";

} // namespace

TEST(Programs, OfOneNameInTwoSchedulersAreTwo) {
    const auto runs = runs_of(
        {with("scx_a", enqueue_of_a), with("scx_a", enqueue_again), with("scx_b", enqueue_again)});
    const auto programs = sum_programs(runs.attempts, runs.words);
    ASSERT_THAT(programs, SizeIs(3));
    EXPECT_EQ(programs[0].scheduler, "scx_a");
    EXPECT_EQ(programs[0].name, "enqueue");
    EXPECT_EQ(programs[0].verified_insns, 900000U) << "the most";
    EXPECT_EQ(programs[0].run_cnt, 10U);
    EXPECT_DOUBLE_EQ(programs[0].mean_ns().value_or(0), 150);
    EXPECT_EQ(programs[1].mean_ns(), std::nullopt);
    EXPECT_EQ(programs[2].scheduler, "scx_b");
}

// A call in guest time takes other nanoseconds than on a host's clock.
TEST(Programs, OfDeterministicAttemptsAreAddedUpApart) {
    const auto runs =
        runs_of({with("scx_a", enqueue_again), deterministic(with("scx_a", enqueue_of_a), "d")});
    const auto programs = sum_programs(runs.attempts, runs.words);
    ASSERT_THAT(programs, SizeIs(3));
    EXPECT_EQ(programs[0].run_time_ns, 500U);
    EXPECT_TRUE(programs[1].deterministic);
    EXPECT_EQ(programs[1].run_time_ns, 1000U);
    EXPECT_THAT(sum_events(runs.attempts, runs.words), SizeIs(2));
    EXPECT_THAT(report(runs), HasSubstr("scx_a (deterministic)  enqueue  4      250 ns"));
    EXPECT_THAT(report(runs), HasSubstr("4 ns for each instruction"));
}

TEST(Events, AreThoseThatHappened) {
    const auto runs = runs_of({with("scx_a", enqueue_of_a), with("scx_a", enqueue_again)});
    const auto events = sum_events(runs.attempts, runs.words);
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].count, 7U);
    EXPECT_EQ(events[0].attempts, 2U);
}

TEST(Vcpus, AreTheMeanOverAllOfThem) {
    auto one = passed("t");
    one.vcpus = {
        {.exits = 10, .preemptions = 1},
        {.exits = 30}
    };
    auto two = passed("u");
    two.vcpus = {{.exits = 20}};
    const auto runs = runs_of({one, two, passed("v")});
    const auto means = mean_vcpus(runs.attempts);
    ASSERT_TRUE(means);
    EXPECT_EQ(means->machines, 2U);
    EXPECT_EQ(means->vcpus, 3U);
    EXPECT_DOUBLE_EQ(means->exits, 20);
    EXPECT_EQ(mean_vcpus(runs_of({passed("v")}).attempts), std::nullopt);
    EXPECT_THAT(report(runs), HasSubstr("vCPUs were preempted"));
}

TEST(Report, TellsWhatThereIsAndNoMore) {
    const auto full = report(runs_of({with("scx_a", enqueue_of_a), with("scx_a", enqueue_again)}));
    EXPECT_THAT(full, HasSubstr("BPF verifier: instructions\n"));
    EXPECT_THAT(full, HasSubstr("scx_a      enqueue  900000    90.0 %        near the limit\n"));
    EXPECT_THAT(full, HasSubstr("enqueue  10     150 ns  2 us"));
    EXPECT_THAT(full, HasSubstr("SCX_EV_A  7"));
    const auto bare = report(runs_of({passed("t")}));
    EXPECT_THAT(bare, Not(HasSubstr("BPF")));
    EXPECT_THAT(bare, Not(HasSubstr("KVM")));
    EXPECT_THAT(bare, Not(HasSubstr("sched_ext")));
    EXPECT_THAT(bare, Not(HasSubstr("guest time")));
}

} // namespace ktstr::stats
