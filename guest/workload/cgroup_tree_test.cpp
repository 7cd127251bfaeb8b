// On a real cgroup2, wherever it is mounted; without one the tests are skipped.
#include "guest/workload/cgroup_tree.hpp"
#include "guest/workload/testing.hpp"

#include <gmock/gmock.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace ktstr::workload {
namespace {

using testing::HasSubstr;

std::string cgroup2_mount() {
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string device;
        std::string path;
        std::string type;
        fields >> device >> path >> type;
        if (type == "cgroup2") {
            return path;
        }
    }
    return {};
}

class CgroupTreeTest : public testing::Test {
protected:
    void SetUp() override {
        if (mount_.empty() || ::access(mount_.c_str(), W_OK) != 0) {
            GTEST_SKIP() << "no writable cgroup2 here";
        }
    }

    bool exists(const std::string& name) const {
        return ::access((mount_ + "/ktstr-test/" + name).c_str(), F_OK) == 0;
    }

    std::string mount_ = cgroup2_mount();
};

TEST_F(CgroupTreeTest, MakesParentsAndRemovesAllThatItMade) {
    {
        CgroupTree tree("ktstr-test", mount_);
        ASSERT_EQ(tree.make("a/b"), std::nullopt);
        EXPECT_TRUE(exists("a/b"));
        EXPECT_EQ(tree.remove("a"), std::nullopt);
        EXPECT_FALSE(exists("a"));
        ASSERT_EQ(tree.make("c"), std::nullopt);
    }
    EXPECT_FALSE(exists(""));
}

TEST_F(CgroupTreeTest, KillsWhateverIsInIt) {
    CgroupTree tree("ktstr-test", mount_);
    ASSERT_EQ(tree.make("a"), std::nullopt);
    const auto pid = ::fork();
    if (pid == 0) {
        while (true) {
            ::pause();
        }
    }
    ASSERT_EQ(tree.add("a", pid), std::nullopt);
    EXPECT_EQ(tree.remove("a"), std::nullopt);
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(CgroupTreeTest, SaysWhichFileRefusedWhat) {
    CgroupTree tree("ktstr-test", mount_);
    ASSERT_EQ(tree.make("a"), std::nullopt);
    const auto problem = tree.set("a", "cgroup.freeze", "nonsense");
    ASSERT_TRUE(problem);
    EXPECT_THAT(*problem, HasSubstr("cgroup a: cannot write"));
    EXPECT_THAT(*problem, HasSubstr("(value \"nonsense\")"));
    EXPECT_THAT(tree.set("a", "nosuch.file", "1").value_or(""), HasSubstr("controller nosuch"));
}

TEST(CgroupTreeOfNoRoot, MakesNothingAndRefusesLimits) {
    CgroupTree tree("", "/nowhere");
    EXPECT_EQ(tree.make("a"), std::nullopt);
    EXPECT_THAT(tree.set("a", "cpu.max", "1 2").value_or(""), HasSubstr("needs cgroups"));
}

// The rest is whole scenarios, which lie where a guest has its cgroups.
class InCgroups : public testing::Test {
protected:
    void SetUp() override {
        if (::access("/sys/fs/cgroup/cgroup.controllers", R_OK) != 0) {
            GTEST_SKIP() << "/sys/fs/cgroup is no cgroup2 here (it is in a guest)";
        }
    }
};

TEST_F(InCgroups, AQuotaMakesGapsThatTheCheckFinds) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "ktstr-test", "duration": 2000000000,
        "assert": {"max_gap_ms": 300},
        "steps": [{"cgroups": [{"name": "a", "works": [{"workers": 2}],
                   "cpu_quota": {"quota": 100000000, "period": 1000000000}}]}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "fail") << ran.result;
}

TEST_F(InCgroups, EveryLimitAndOpIsAccepted) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "/ktstr-test/deep", "duration": 400000000,
        "assert": {"isolation": true, "not_starved": true},
        "backdrop": {"cgroups": [{"name": "b", "cpuset": {"disjoint": {"index": 0, "of": 2}}}]},
        "steps": [{"ops": [{"add_cgroup": {"name": "c"}}, {"spawn_host": {"work": {"workers": 1}}},
                           {"set_cpuset": {"cgroup": "c", "cpus": {"disjoint": {"index": 1, "of": 2}}}},
                           {"spawn": {"cgroup": "c", "work": {"work_type": "fork_exit"}}}],
                   "cgroups": [{"name": "a/x", "cpuset": {"exact": [0]}, "cpuset_mems": [0],
                                "cpu_quota": {"quota": 50000000, "period": 100000000},
                                "cpu_weight": 50, "memory_max": 268435456,
                                "memory_high": 268435456, "memory_low": 0, "pids_max": 100}],
                   "hold": {"frac": 0.3}},
                  {"ops": [{"add_cgroup": {"name": "d"}}, {"move_all_tasks": {"from": "b", "to": "d"}},
                           {"move_all_tasks": {"from": "d", "to": "b"}},
                           {"set_cpuset": {"cgroup": "d", "cpus": {"disjoint": {"index": 1, "of": 2}}}},
                           {"swap_cpusets": {"a": "b", "b": "d"}},
                           {"freeze_cgroup": {"cgroup": "b"}}, {"unfreeze_cgroup": {"cgroup": "b"}},
                           {"clear_cpuset": {"cgroup": "d"}}],
                   "hold": {"frac": 0.3}},
                  {"ops": [{"set_affinity": {"cgroup": "b", "affinity": "single_cpu"}}],
                   "hold": {"frac": 1}}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "pass") << ran.result["details"];
    EXPECT_NE(::access("/sys/fs/cgroup/ktstr-test", F_OK), 0);
}

// memory.max: the kernel kills the worker, and the result says so.
TEST_F(InCgroups, AWorkerThatTheKernelKillsIsAFailure) {
    Alone around;
    const auto ran = run_json(R"({"scenario": 1, "root": "ktstr-test", "duration": 300000000,
        "steps": [{"cgroups": [{"name": "a", "memory_max": 4194304, "works": [{"workers": 1,
                   "work_type": {"page_fault_churn": {"region_kb": 65536}}}]}]}]})",
                              around);
    ASSERT_EQ(ran.error, "");
    EXPECT_EQ(ran.result["verdict"], "fail");
    EXPECT_THAT(ran.result["details"][0].get<std::string>(),
                HasSubstr("ended before its time: killed by signal 9"));
}

} // namespace
} // namespace ktstr::workload
