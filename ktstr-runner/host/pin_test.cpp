#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/threads.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/host/pin.hpp"

#include <gmock/gmock.h>

#include <sched.h>
#include <unistd.h>

#include <latch>
#include <thread>

namespace ktstr::host {

namespace {

// Of a thread.
CpuList cpus_of(pid_t thread) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CpuList cpus;
    EXPECT_EQ(::sched_getaffinity(thread, sizeof set, &set), 0);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

} // namespace

TEST(WhyFirstIsThrottled, OfOldKernelsWithTheirLimit) {
    EXPECT_TRUE(why_first_is_throttled("6.1.0-50-amd64", "950000\n"));
    EXPECT_TRUE(why_first_is_throttled("6.8.0-45-generic", "950000\n"));
    EXPECT_TRUE(why_first_is_throttled("5.14.0", "950000\n"));
    EXPECT_FALSE(why_first_is_throttled("6.1.0-50-amd64", "-1\n"));
    EXPECT_FALSE(why_first_is_throttled("6.12.90+deb13-amd64", "950000\n"));
    EXPECT_FALSE(why_first_is_throttled("7.0.1", "950000\n"));
    EXPECT_TRUE(why_first_is_throttled("", "")); // nothing known
}

TEST(Pin, IsForAsLongAsItsScope) {
    const auto before = allowed_cpus();
    const CpuList last{before.back()};
    {
        const auto scope = AffinityScope::enter(last);
        ASSERT_THAT(scope, IsOk());
        EXPECT_EQ(allowed_cpus(), last);
    }
    EXPECT_EQ(allowed_cpus(), before);
}

TEST(Pin, ReachesAllThreadsOfAProcess) {
    const auto before = allowed_cpus();
    const CpuList first{before.front()};
    std::latch done(1);
    std::thread thread([&] { done.wait(); });
    EXPECT_THAT(run_all_on(::getpid(), first), IsOk());
    const auto threads = threads_of(::getpid());
    EXPECT_EQ(threads.size(), 2U);
    for (const auto& one : threads) {
        EXPECT_EQ(cpus_of(one.id), first);
    }
    done.count_down();
    thread.join();
    EXPECT_THAT(run_on(0, before), IsOk());
}

TEST(Pin, SaysWhatCannotBe) {
    EXPECT_THAT(run_on(0, {}), IsErrorWith("needs a CPU"));
    EXPECT_THAT(run_on(0, {4095}), IsErrorWith("on CPUs 4095"));
}

TEST(Pin, RealTimeIsHadOrNot) {
    std::thread thread([] {
        const auto first = run_first(0, 1);
        if (first) {
            EXPECT_EQ(::sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
        } else {
            EXPECT_THAT(first, IsErrorWith("SCHED_FIFO: Operation not permitted"));
        }
    });
    thread.join();
}

TEST(Pin, MemoryIsOfNodesThatThereAre) {
    std::thread thread([] {
        EXPECT_THAT(take_memory_of({1023}), IsErrorWith("set_mempolicy"));
        const auto taken = take_memory_of({0});
        if (!taken) { // a sandbox may refuse the call
            GTEST_SKIP() << taken.error().one_line();
        }
        EXPECT_THAT(take_memory_of({}), IsOk());
    });
    thread.join();
}

} // namespace ktstr::host
