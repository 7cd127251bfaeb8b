#include "guest/workload/parse.hpp"

#include <gmock/gmock.h>

namespace ktstr::workload {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StrEq;

std::string with_step(const std::string& step) {
    return R"({"scenario": 1, "duration": 1000, "steps": [)" + step + "]}";
}

std::string error_of(const std::string& text) {
    return parse_scenario(text).error;
}

TEST(ParseScenario, DefaultsAreThoseOfThePage) {
    const auto parsed = parse_scenario(with_step("{}"));
    ASSERT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.scenario.root, "ktstr");
    EXPECT_EQ(parsed.scenario.workers_per_cgroup, 2U);
    EXPECT_EQ(parsed.scenario.settle_ns, 0);
    ASSERT_EQ(parsed.scenario.steps.size(), 1U);
    EXPECT_EQ(parsed.scenario.steps[0].hold.kind, Hold::Kind::frac);
    EXPECT_EQ(parsed.scenario.steps[0].hold.frac, 1);
}

TEST(ParseScenario, LimitsBecomeFilesOfTheCgroup) {
    const auto parsed = parse_scenario(with_step(R"({"cgroups": [{"name": "a",
        "cpu_quota": {"quota": 50000000, "period": 100000000}, "cpu_weight": 50,
        "memory_max": 1048576, "io_weight": 10, "pids_max": 7}]})"));
    ASSERT_EQ(parsed.error, "");
    EXPECT_THAT(parsed.scenario.steps[0].cgroups[0].limits,
                ElementsAre(Pair("cpu.max", "50000 100000"),
                            Pair("cpu.weight", "50"),
                            Pair("memory.max", "1048576"),
                            Pair("io.weight", "10"),
                            Pair("pids.max", "7")));
    EXPECT_EQ(parsed.scenario.steps[0].cgroups[0].works.size(), 1U);
}

TEST(ParseScenario, AnUnknownNameIsRefusedWithTheNearest) {
    EXPECT_EQ(
        error_of(with_step(R"({"cgroups": [{"name": "a", "cpuest": 1}]})")),
        R"(bad scenario: steps[0].cgroups[0].cpuest: "cpuest" is unknown (did you mean "cpuset"?))");
    EXPECT_THAT(
        error_of(with_step(R"({"ops": [{"add_group": {"name": "a"}}]})")),
        HasSubstr(R"(steps[0].ops[0]: "add_group" is unknown (did you mean "add_cgroup"?))"));
    EXPECT_THAT(
        error_of(with_step(R"({"ops": [{"spawn_host": {"work": {"work_type": "spin_wiat"}}}]})")),
        HasSubstr(R"(did you mean "spin_wait"?)"));
    EXPECT_THAT(error_of(R"({"scenario": 1, "duration": 1, "steps": [], "xyzzy": 1})"),
                HasSubstr(R"(xyzzy: "xyzzy" is unknown (known: scenario)"));
}

struct Refused {
    const char* step;
    const char* why;
};

class RefusedSteps : public testing::TestWithParam<Refused> {};

TEST_P(RefusedSteps, SayWhichFieldAndValue) {
    EXPECT_THAT(error_of(with_step(GetParam().step)), HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    All,
    RefusedSteps,
    testing::Values(
        Refused{R"({"hold": {"frac": 2}})", "steps[0].hold.frac: 2 is no number from 0 to 1"},
        Refused{R"({"hold": {"loop": 0}})", "steps[0].hold.loop: 0 is no integer from 1000000"},
        Refused{R"({"hold": {"fixed": -1}})", "hold.fixed: -1 is no integer"},
        Refused{R"({"cgroups": [{"name": "../x"}]})", R"("../x" is no name of a cgroup)"},
        Refused{R"({"cgroups": [{"name": "/x"}]})", "is no name of a cgroup"},
        Refused{R"({"cgroups": [{}]})", "cgroups[0].name: is missing"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"workers": 0}]}]})", "workers: 0 is no"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"workers": 1, "workers_pct": 5}]}]})",
                "only one of them"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"workers": 3, "work_type":
                {"pipe_io": {"burst_iters": 1}}}]}]})",
                "3 workers do not make whole groups of 2"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"sched_policy": {"fifo": 0}}]}]})",
                "sched_policy.fifo: 0 is no integer from 1 to 99"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"sched_policy": {"deadline":
                {"runtime": 5000, "deadline": 4000, "period": 9000}}}]}]})",
                "is not runtime <= deadline <= period"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"nice": 20}]}]})", "nice: 20 is no"},
        Refused{R"({"cgroups": [{"name": "a", "works": [{"comm": "0123456789abcdef"}]}]})",
                "is longer than 15 bytes"},
        Refused{R"({"cgroups": [{"name": "a", "cpuset": {"disjoint": {"index": 2, "of": 2}}}]})",
                "index: 2 is no integer from 0 to 1"},
        Refused{R"({"cgroups": [{"name": "a", "cpuset": {"range": [0.5, 0.2]}}]})",
                "range[1]: 0.2 is no number from 0.5"},
        Refused{R"({"ops": [{"set_affinity": {"cgroup": "a", "affinity":
                {"random_subset": {"from": [0], "count": 2}}}}]})",
                "count: 2 is no integer from 1 to 1"}));

TEST(ParseScenario, RefusesWhatTheEngineDoesNotMeasure) {
    EXPECT_THAT(error_of(R"({"scenario": 1, "duration": 1, "steps": [],
        "assert": {"max_local_dsq_depth": 3}})"),
                HasSubstr("assert.max_local_dsq_depth: the engine does not measure this"));
}

TEST(ParseScenario, RefusesWhatIsNone) {
    EXPECT_THAT(error_of("{"), HasSubstr("no JSON"));
    EXPECT_THAT(error_of("[]"), HasSubstr("is no object"));
    EXPECT_THAT(error_of(R"({"scenario": 2, "duration": 1, "steps": []})"),
                HasSubstr("scenario: 2 is no integer from 1 to 1"));
}

} // namespace
} // namespace ktstr::workload
