#include "guest/workload/looker.hpp"
#include "guest/workload/sample.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

namespace ktstr::workload {
namespace {

TEST(SchedStatText, HasThreeNumbers) {
    const auto stat = parse_schedstat("12 34 5\n");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->cpu_time_ns, 12U);
    EXPECT_EQ(stat->run_delay_ns, 34U);
    EXPECT_EQ(stat->timeslices, 5U);
    EXPECT_FALSE(parse_schedstat("12 34"));
    EXPECT_FALSE(parse_schedstat(""));
}

TEST(ProcStat, BusyIsAllButIdleAndWaiting) {
    const auto tick = 1'000'000'000U / static_cast<unsigned>(::sysconf(_SC_CLK_TCK));
    const auto time = parse_proc_stat("cpu  1 2 3 100 50 4 5 6 7 8\ncpu0 1 2 3\n");
    ASSERT_TRUE(time);
    EXPECT_EQ(time->steal_ns, 6U * tick);
    EXPECT_EQ(time->busy_ns, (1U + 2 + 3 + 4 + 5 + 6) * tick);
    EXPECT_FALSE(parse_proc_stat("cpu  1 2 3\n"));
    EXPECT_FALSE(parse_proc_stat("cpu0 1 2 3 4 5 6 7 8\n"));
}

struct Pages {
    SharedMemory memory{sizeof(WorkerPage) + sizeof(ControlPage)};
    WorkerPage& page = memory.as<WorkerPage>(0, 1).front();
    ControlPage& control = memory.as<ControlPage>(sizeof(WorkerPage), 1).front();
};

TEST(TakenSample, HasAnOpenGapFromTheBeginOn) {
    Pages pages;
    pages.page.state.store(WorkerState::running);
    pages.page.last_look_ns.store(100);
    EXPECT_EQ(take(pages.page, 0, 1000).tally.max_gap_ns, 900);
    EXPECT_EQ(take(pages.page, 400, 1000).tally.max_gap_ns, 600);
}

TEST(TakenSample, ItsOwnSleepIsNoGapButBeingLateIs) {
    Pages pages;
    pages.page.state.store(WorkerState::running);
    pages.page.last_look_ns.store(100);
    pages.page.due_ns.store(2000);
    EXPECT_EQ(take(pages.page, 0, 1000).tally.max_gap_ns, 0);
    EXPECT_EQ(take(pages.page, 0, 2500).tally.max_gap_ns, 500);
    pages.page.due_ns.store(due_when_woken);
    EXPECT_EQ(take(pages.page, 0, 2500).tally.max_gap_ns, 0);
}

TEST(TakenSample, TakesTheMaximaAway) {
    Pages pages;
    pages.page.last_look_ns.store(1000);
    pages.page.max_gap_ns.store(50);
    pages.page.max_wake_ns.store(60);
    pages.page.cpus[1].store(2);
    const auto first = take(pages.page, 0, 1000);
    EXPECT_EQ(first.tally.max_gap_ns, 50);
    EXPECT_EQ(first.wakes.max_ns, 60);
    EXPECT_EQ(first.tally.cpus.text(), "65");
    const auto second = take(pages.page, 0, 1000);
    EXPECT_EQ(second.tally.max_gap_ns, 0);
    EXPECT_EQ(second.wakes.max_ns, 0);
    EXPECT_TRUE(second.tally.cpus.empty());
}

TEST(ALooker, CountsIterationsAndItsCpu) {
    Pages pages;
    Looker look(pages.page, pages.control);
    look.begin();
    look.iteration(5);
    look.iteration(6);
    const auto taken = take(pages.page, 0, guest::monotonic_ns());
    EXPECT_EQ(taken.tally.iterations, 2U);
    EXPECT_EQ(taken.tally.work_units, 11U);
    EXPECT_FALSE(taken.tally.cpus.empty());
}

TEST(ALooker, IsLateFromWhenItWasWoken) {
    Pages pages;
    Looker look(pages.page, pages.control);
    look.begin();
    look.waits(due_when_woken);
    Looker::wakes(pages.page);
    EXPECT_NE(pages.page.due_ns.load(), due_when_woken);
    look.woke();
    EXPECT_EQ(take(pages.page, 0, guest::monotonic_ns()).wakes.samples, 1U);
}

TEST(ALooker, HasNoLatencyWhenNobodyWokeIt) {
    Pages pages;
    Looker look(pages.page, pages.control);
    look.begin();
    Looker::wakes(pages.page); // it does not wait
    look.waits(due_when_woken);
    look.woke();
    EXPECT_EQ(take(pages.page, 0, guest::monotonic_ns()).wakes.samples, 0U);
}

TEST(Buckets, BoundWhatIsInThemByAThirtySecond) {
    for (std::uint64_t ns = 0; ns < 1ULL << 39; ns = ns * 9 / 8 + 1) {
        const auto end = bucket_end(bucket_of(ns));
        EXPECT_GT(end, ns);
        EXPECT_LE(end - 1, ns + ns / 32);
    }
    EXPECT_EQ(bucket_of(~0ULL), bucket_count - 1);
}

TEST(Buckets, GivePercentiles) {
    Wakes wakes;
    for (std::uint64_t ns = 1; ns <= 1000; ++ns) {
        wakes.count(ns * 1000);
    }
    EXPECT_NEAR(static_cast<double>(percentile(wakes.buckets, 0.5)), 500e3, 500e3 / 32);
    EXPECT_NEAR(static_cast<double>(percentile(wakes.buckets, 0.99)), 990e3, 990e3 / 32);
    EXPECT_EQ(wakes.max_ns, 1'000'000);
    EXPECT_EQ(percentile(Buckets{}, 0.5), 0U);
}

TEST(Counted, SinceIsTheDifference) {
    Wakes now;
    now.count(10);
    const auto before = now;
    now.count(20);
    now.subtract(before);
    EXPECT_EQ(now.samples, 1U);
    EXPECT_EQ(now.buckets[20], 1U);
    EXPECT_EQ(now.buckets[10], 0U);
    EXPECT_DOUBLE_EQ(now.sum_ns, 20);
}

} // namespace
} // namespace ktstr::workload
