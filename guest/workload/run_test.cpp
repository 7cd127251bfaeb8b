// Scenarios with real workers, in no cgroups. Times are those of a machine that others use too:
// only what holds however slow it is is expected.
#include "guest/workload/run.hpp"
#include "guest/workload/testing.hpp"

#include <gmock/gmock.h>

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <numeric>

namespace ktstr::workload {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// A step of 200 ms with one cgroup "a".
std::string one_step(const std::string& works, const std::string& limits = "{}") {
    return R"({"scenario": 1, "root": "", "duration": 200000000, "assert": )" + limits +
           R"(, "steps": [{"cgroups": [{"name": "a", "works": )" + works +
           R"(}], "hold": {"fixed": 200000000}}]})";
}

// Processes that the result names; all of them must have gone with the scenario.
void expect_nobody_left(const nlohmann::json& result) {
    for (const auto& [name, group] : result["cgroups"].items()) {
        for (const auto& worker : group["workers"]) {
            const auto tid = worker["tid"].get<pid_t>();
            EXPECT_TRUE(::kill(tid, 0) != 0 && errno == ESRCH) << name << ", thread " << tid;
        }
    }
}

struct Kind {
    const char* work_type;
    int workers;
};

std::string text_of(const Kind& kind) {
    return kind.work_type;
}

class WorkTypes : public testing::TestWithParam<std::tuple<Kind, const char*>> {};

TEST_P(WorkTypes, GetOn) {
    const auto& [kind, mode] = GetParam();
    Alone around;
    const auto ran = run_json(one_step(R"([{"workers": )" + std::to_string(kind.workers) +
                                           R"(, "clone_mode": ")" + mode + R"(", "work_type": )" +
                                           kind.work_type + "}]",
                                       R"({"not_starved": true})"),
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "pass") << ran.result["details"];
    const auto& a = ran.result["phases"][1]["cgroups"]["a"];
    EXPECT_EQ(a["num_workers"], kind.workers);
    ASSERT_EQ(ran.result["work"].size(), 1U);
    EXPECT_THAT(std::string(kind.work_type),
                ::testing::HasSubstr('"' + ran.result["work"][0].get<std::string>() + '"'));
    EXPECT_GT(a["total_cpu_time_ns"], 0);
    EXPECT_FALSE(a["cpus_used"].empty());
    expect_nobody_left(ran.result);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    WorkTypes,
    testing::Combine(
        testing::Values(
            Kind{R"("spin_wait")", 2},
            Kind{R"("yield_heavy")", 2},
            Kind{R"("mixed")", 2},
            Kind{R"("io_sync")", 2},
            Kind{R"({"bursty": {"burst_duration": 1000000, "sleep_duration": 2000000}})", 2},
            Kind{R"("pipe_io")", 4},
            Kind{R"({"futex_ping_pong": {"spin_iters": 64}})", 4},
            Kind{R"("cache_pressure")", 2},
            Kind{R"({"cache_yield": {"size_kb": 64, "stride": 128}})", 2},
            Kind{R"("cache_pipe")", 2},
            Kind{R"({"futex_fan_out": {"fan_out": 3, "spin_iters": 64}})", 4},
            Kind{R"({"fan_out_compute": {"fan_out": 3, "cache_footprint_kb": 16}})", 4},
            Kind{R"({"sequence": {"first": {"spin": 1000000}, "rest": [{"sleep": 1000000},
                     {"yield": 1000000}, {"io": 1000000}]}})",
                 2},
            Kind{R"("fork_exit")", 2},
            Kind{R"("nice_sweep")", 2},
            Kind{R"("affinity_churn")", 2},
            Kind{R"("policy_churn")", 2},
            Kind{R"({"page_fault_churn": {"region_kb": 256, "touches_per_cycle": 16}})", 2},
            Kind{R"({"mutex_contention": {"contenders": 2}})", 4}),
        testing::Values("fork", "thread")),
    [](const auto& tested) {
        const auto text = text_of(std::get<0>(tested.param));
        const auto begin = text.find('"') + 1;
        return text.substr(begin, text.find('"', begin) - begin) + "_" + std::get<1>(tested.param);
    });

TEST(Run, CountsTimeByPhaseAndScheduler) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 400000000,
        "settle": 100000000, "backdrop": {"cgroups": [{"name": "b"}]},
        "steps": [{"cgroups": [{"name": "a"}], "hold": {"frac": 0.5}},
                  {"ops": ["detach_scheduler"], "hold": {"fixed": 100000000}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    const auto& phases = ran.result["phases"];
    ASSERT_EQ(phases.size(), 3U);
    EXPECT_EQ(phases[0]["name"], "baseline");
    EXPECT_EQ(phases[1]["name"], "step 0");
    EXPECT_EQ(phases[1]["scheduler"], "scx_none");
    EXPECT_EQ(phases[0]["programs"].dump(),
              R"([{"id":3,"run_cnt":1,"run_time_ns":10},{"id":9,"run_cnt":4,"run_time_ns":40}])");
    EXPECT_EQ(phases[1]["programs"].dump(), R"([{"id":3,"run_cnt":1,"run_time_ns":10}])");
    EXPECT_TRUE(phases[0]["cgroups"].contains("b"));
    EXPECT_FALSE(phases[0]["cgroups"].contains("a"));
    EXPECT_TRUE(phases[1]["cgroups"].contains("a"));
    EXPECT_TRUE(phases[2]["cgroups"].contains("b"));
    EXPECT_FALSE(phases[2]["cgroups"].contains("a"));
    EXPECT_GE(phases[0]["end"].get<std::int64_t>() - phases[0]["begin"].get<std::int64_t>(),
              100'000'000);
    EXPECT_GE(phases[1]["end"].get<std::int64_t>() - phases[1]["begin"].get<std::int64_t>(),
              200'000'000);
    EXPECT_THAT(around.orders, ElementsAre("detach"));
    std::uint64_t parts = 0;
    for (const auto& phase : phases) {
        parts += phase["cgroups"]["b"]["total_cpu_time_ns"].get<std::uint64_t>();
    }
    EXPECT_EQ(ran.result["cgroups"]["b"]["total_cpu_time_ns"], parts);
}

TEST(Run, FracIsCutToWhatIsLeft) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 100000000,
        "steps": [{"hold": {"fixed": 100000000}}, {"hold": {"frac": 1}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    const auto& last = ran.result["phases"][2];
    EXPECT_LT(last["end"].get<std::int64_t>() - last["begin"].get<std::int64_t>(), 100'000'000);
}

TEST(Run, ALoopObeysItsOpsAgain) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 200000000,
        "steps": [{"ops": ["restart_scheduler"], "hold": {"loop": 10000000}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_GE(around.orders.size(), 2U);
}

TEST(Run, SnapshotsAreInTheTimeline) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 200000000, "snapshots": 3,
        "steps": [{"cgroups": [{"name": "a"}], "hold": {"frac": 0.5}}, {"hold": {"frac": 0.5}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    int found = 0;
    for (const auto& moment : ran.result["timeline"]) {
        found += moment["what"].get<std::string>().starts_with("snapshot") ? 1 : 0;
    }
    EXPECT_EQ(found, 3) << ran.result["timeline"];
}

// What the kernel says of the children once they are gone has their way to the gate as well.
TEST(Run, CpuTimeIsTheKernelsOwn) {
    const auto of_children = [] {
        rusage usage{};
        ::getrusage(RUSAGE_CHILDREN, &usage);
        const auto seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
        return seconds * 1'000'000 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    };
    Alone around;
    const auto before = of_children();
    const auto ran = run_json(one_step(R"([{"workers": 3}])"), around);
    const auto used_us = of_children() - before;
    ASSERT_EQ(ran.error, "");
    const auto measured_us = ran.result["cgroups"]["a"]["total_cpu_time_ns"].get<long>() / 1000;
    EXPECT_GT(measured_us, 0);
    EXPECT_LE(measured_us, used_us + 10'000); // a tick of what is counted in ticks
}

// With one node that is no feat; in a guest of two it is.
TEST(Run, MemoryLiesOnTheNodeThatWasAskedFor) {
    Alone around;
    const auto ran = run_json(one_step(R"([{"workers": 4, "numa_node": 0,
        "work_type": {"cache_pressure": {"size_kb": 512}}}])",
                                       R"({"min_page_locality": 0.95})"),
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "pass") << ran.result["details"];
}

// Stopped by SIGSTOP from the step's begin: neither gets on.
TEST(Run, StoppedWorkersStarveAndHaveAGap) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 300000000,
        "assert": {"max_gap_ms": 100, "not_starved": true},
        "backdrop": {"cgroups": [{"name": "a"}]},
        "steps": [{"ops": [{"freeze_cgroup": {"cgroup": "a"}}], "hold": {"frac": 1}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "fail");
    EXPECT_THAT(ran.result["details"], Contains(StartsWith("not_starved: 0, limit 1 (cgroup a")));
    EXPECT_THAT(ran.result["details"], Contains(StartsWith("max_gap_ms: ")));
    expect_nobody_left(ran.result);
}

// Kept from the CPU by the rest of the machine is not what this tests, so the limit is far off.
TEST(Run, ItsOwnSleepIsNoGap) {
    Alone around;
    const auto ran = run_json(one_step(R"([{"work_type": {"bursty":
        {"burst_duration": 1000000, "sleep_duration": 3600000000000}}}])",
                                       R"({"max_gap_ms": 150})"),
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_LT(ran.result["checks"][0]["worst"], 200.0);
}

TEST(Run, MovedTasksCountWhereTheyAre) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 200000000,
        "backdrop": {"cgroups": [{"name": "a"}, {"name": "b", "works": []}]},
        "steps": [{"hold": {"frac": 0.5}},
                  {"ops": [{"move_all_tasks": {"from": "a", "to": "b"}}], "hold": {"frac": 0.5}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_TRUE(ran.result["phases"][1]["cgroups"].contains("a"));
    EXPECT_FALSE(ran.result["phases"][2]["cgroups"].contains("a"));
    EXPECT_EQ(ran.result["phases"][2]["cgroups"]["b"]["num_workers"], 2);
}

// In which its workers were started, of six.
std::vector<std::size_t> start_order(std::uint64_t seed) {
    Alone around;
    around.seed = seed;
    const auto ran = run_json(one_step(R"([{"workers": 6, "work_type": "spin_wait"}])"), around);
    EXPECT_EQ(ran.error, "");
    std::vector<pid_t> tids;
    for (const auto& worker : ran.result["cgroups"]["a"]["workers"]) {
        EXPECT_GT(worker["iterations"].get<std::uint64_t>(), 0U);
        tids.push_back(worker["tid"].get<pid_t>());
    }
    EXPECT_EQ(tids.size(), 6U);
    std::vector<std::size_t> order(tids.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t index) { return tids[index]; });
    return order;
}

TEST(Run, ASeedDecidesTheOrderInWhichWorkersStart) {
    EXPECT_THAT(start_order(0), ElementsAre(0, 1, 2, 3, 4, 5));
    const auto first = start_order(3);
    EXPECT_EQ(start_order(3), first);
    EXPECT_NE(start_order(0), first);
    EXPECT_NE(start_order(4), first);
}

TEST(Run, WhatCannotBeDoneIsNamed) {
    Alone around;
    EXPECT_THAT(run_json(R"({"scenario": 1, "root": "", "duration": 1,
        "steps": [{"ops": [{"stop_cgroup": {"cgroup": "x"}}]}]})",
                         around)
                    .error,
                testing::StrEq("step 0: stop_cgroup: there is no cgroup x"));
    EXPECT_THAT(run_json(R"({"scenario": 1, "root": "", "duration": 1,
        "steps": [{"cgroups": [{"name": "a", "cpu_weight": 10}]}]})",
                         around)
                    .error,
                HasSubstr("cpu.weight needs cgroups"));
    EXPECT_THAT(run_json(one_step(R"([{"affinity": {"exact": [1023]}}])"), around).error,
                HasSubstr("there is no CPU 1023"));
    EXPECT_THAT(run_json(one_step(R"([{"sched_policy": {"deadline":
        {"runtime": 90000000000, "deadline": 90000000000, "period": 90000000000}},
        "workers": 64}])"),
                         around)
                    .error,
                HasSubstr("cannot set its scheduling policy"));
}

TEST(Run, EndsWhenItIsCancelled) {
    class Hasty final : public Alone {
    public:
        bool cancelled() override { return true; }
    } around;

    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 3600000000000,
        "steps": [{"cgroups": [{"name": "a"}]}]})",
                              around);
    EXPECT_THAT(ran.error, HasSubstr("cancelled"));
}

// A thread of the engine that reads until the end of a pipe gets there while workers live.
TEST(Run, WorkersKeepNothingOfTheEnginesOpen) {
    class Closing final : public Alone {
    public:
        std::optional<std::string> scheduler(std::string_view /*order*/,
                                             std::string_view /*scheduler*/) override {
            pipe.write.reset();
            constexpr int limit_ms = 5000;
            pollfd wait{.fd = pipe.read.get(), .events = POLLIN};
            ended = ::poll(&wait, 1, limit_ms) == 1;
            return std::nullopt;
        }

        guest::Pipe pipe = guest::make_pipe();
        bool ended = false;
    };

    for (const std::string mode : {"fork", "thread"}) {
        Closing around;
        const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 1, "backdrop":
            {"cgroups": [{"name": "a", "works": [{"workers": 4, "work_type": "pipe_io",
                                                  "clone_mode": ")" +
                                      mode + R"("}]}]},
            "steps": [{"ops": ["restart_scheduler"], "hold": {"frac": 1}}]})",
                                  around);
        EXPECT_EQ(ran.error, "");
        EXPECT_TRUE(around.ended) << mode;
    }
}

TEST(Run, PoliciesAndNamesAreApplied) {
    Alone around;
    const auto ran = run_json(one_step(R"([{"sched_policy": "batch", "nice": 5, "comm": "busy"},
        {"sched_policy": "idle", "pcomm": "pool"}, {"sched_policy": {"fifo": 1}, "work_type":
        {"bursty": {"burst_duration": 100000, "sleep_duration": 10000000}}},
        {"uid": 65534, "gid": 65534, "affinity": "single_cpu"}])"),
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["cgroups"]["a"]["num_workers"], 8);
}

TEST(Run, RemovingACgroupEndsThoseBelowIt) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 100000000, "steps": [
        {"ops": [{"remove_cgroup": {"cgroup": "a"}}, {"add_cgroup": {"name": "a/b"}}],
         "hold": {"fixed": 20000000}}],
        "backdrop": {"cgroups": [{"name": "a", "works": [{"workers": 1}]},
                                 {"name": "a/b", "works": [{"workers": 1}]}]}})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "pass") << ran.result["details"];
}

// Its workers die behind its back, as of a lack of memory.
class Deadly final : public Alone {
public:
    bool cancelled() override {
        const auto children = guest::read_file("/proc/thread-self/children").value_or("");
        for (const char* at = children.c_str(); *at != '\0';) {
            char* end = nullptr;
            const auto pid = static_cast<pid_t>(std::strtol(at, &end, 10));
            if (end == at || pid <= 0) {
                break;
            }
            ::kill(pid, SIGKILL);
            at = end;
        }
        return false;
    }
};

TEST(Run, ADeathIsToldOnceAndBeforeTheWorkerIsForgotten) {
    Deadly around;
    const auto ran = run_json(R"({"scenario": 1, "root": "", "duration": 300000000, "steps": [
        {"hold": {"fixed": 100000000}},
        {"ops": [{"stop_cgroup": {"cgroup": "a"}}], "hold": {"fixed": 100000000}},
        {"hold": {"fixed": 100000000}}],
        "backdrop": {"cgroups": [{"name": "a", "works": [{"workers": 1}]},
                                 {"name": "b", "works": [{"workers": 1}]}]}})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "fail");
    EXPECT_THAT(ran.result["details"].get<std::vector<std::string>>(),
                ElementsAre(AllOf(HasSubstr("cgroup a"), HasSubstr("killed by signal 9")),
                            AllOf(HasSubstr("cgroup b"), HasSubstr("killed by signal 9"))));
}

} // namespace
} // namespace ktstr::workload
