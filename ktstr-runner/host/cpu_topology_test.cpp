#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/host/cpu_topology.hpp"
#include "ktstr-runner/host/cpus.hpp"
#include "ktstr-runner/host/testing/recorded_machine.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

namespace ktstr::host {

namespace {

CpuList first_cpus(unsigned count) {
    CpuList cpus(count);
    std::iota(cpus.begin(), cpus.end(), 0U);
    return cpus;
}

class CpuTopologyTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("cpu-topology", recorded::place_for_machines());
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
    }

    CpuTopology read(const std::string& machine, const CpuList& allowed = first_cpus(1024)) const {
        EXPECT_TRUE(recorded::make_machine(machine, dir->path() / machine)) << machine;
        auto topology = cpu_topology(allowed, dir->path() / machine);
        EXPECT_THAT(topology, IsOk());
        return topology ? std::move(*topology) : CpuTopology{};
    }

    std::optional<TempDir> dir;
};

using CpuTopologyMachines = CpuTopologyTest;

std::vector<std::string> lists_of(const CpuTopology& topology) {
    std::vector<std::string> lists;
    for (const auto& llc : topology.llcs) {
        lists.push_back(cpu_list_text(llc.cpus));
    }
    return lists;
}

} // namespace

// What holds of any machine: each CPU has one LLC and one core, and both lie within a package.
TEST_F(CpuTopologyMachines, EachCpuHasOneOfEverything) {
    for (const std::string name : recorded::machines) {
        SCOPED_TRACE(name);
        const auto topology = read(name);
        const auto online = parse_cpu_list(
            recorded::lines_of_machine(name).front().substr(std::string("cpu/online ").size()));
        EXPECT_EQ(topology.cpus(), online);
        std::size_t in_llcs = 0;
        std::size_t in_cores = 0;
        for (const auto& llc : topology.llcs) {
            EXPECT_EQ(llc.id, llc.cpus.front());
            in_llcs += llc.cpus.size();
            std::vector<unsigned> cpus;
            for (const auto& core : llc.cores) {
                cpus.insert(cpus.end(), core.begin(), core.end());
            }
            in_cores += cpus.size();
            EXPECT_EQ(as_cpu_list(cpus), llc.cpus);
            for (const auto cpu : llc.cpus) {
                EXPECT_EQ(topology.llc_of(cpu), &llc);
            }
            EXPECT_EQ(topology.llc_with(llc.id), &llc);
        }
        EXPECT_EQ(in_llcs, online->size());
        EXPECT_EQ(in_cores, online->size());
    }
}

TEST_F(CpuTopologyMachines, TwoSocketsOfSixtyFourCores) {
    const auto topology = read("two-sockets");
    EXPECT_EQ(lists_of(topology), (std::vector<std::string>{"0-63", "64-127"}));
    EXPECT_EQ(topology.cores(), 128U);
    EXPECT_EQ(topology.llcs[1].package, 1U);
    EXPECT_EQ(topology.llcs[1].node, 1U);
}

TEST_F(CpuTopologyMachines, TwelveLlcsWithSmtOnFourNodes) {
    const auto topology = read("twelve-llcs");
    ASSERT_EQ(topology.llcs.size(), 12U);
    EXPECT_EQ(topology.cores(), 48U);
    EXPECT_EQ(topology.llcs[3].cpus, *parse_cpu_list("24-31"));
    EXPECT_EQ(topology.llcs[3].cores,
              (std::vector<CpuList>{
                  {24, 25},
                  {26, 27},
                  {28, 29},
                  {30, 31}
    }));
    std::vector<unsigned> nodes;
    for (const auto& llc : topology.llcs) {
        EXPECT_EQ(llc.package, 0U);
        nodes.push_back(llc.node);
    }
    EXPECT_THAT(nodes, testing::ElementsAre(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3));
}

TEST_F(CpuTopologyMachines, FourNodesInEachOfTwoSockets) {
    const auto topology = read("nps4");
    ASSERT_EQ(topology.llcs.size(), 8U);
    std::set<unsigned> nodes;
    for (const auto& llc : topology.llcs) {
        nodes.insert(llc.node);
        EXPECT_EQ(llc.package, llc.id < 32 ? 0U : 1U);
    }
    EXPECT_EQ(nodes.size(), 8U);
}

TEST_F(CpuTopologyMachines, ADieStandsForCachesThatNobodyTellsOf) {
    EXPECT_EQ(lists_of(read("no-cache")), (std::vector<std::string>{"0-3", "4-7"}));
    for (const auto cpu : first_cpus(8)) {
        std::filesystem::remove(dir->path() / "no-cache/cpu" / ("cpu" + std::to_string(cpu)) /
                                "topology/die_cpus_list");
    }
    const auto by_package = cpu_topology(first_cpus(8), dir->path() / "no-cache");
    ASSERT_THAT(by_package, IsOk());
    EXPECT_EQ(lists_of(*by_package), (std::vector<std::string>{"0-3", "4-7"}));
}

TEST_F(CpuTopologyMachines, CpusThatAreOfflineAreNotThere) {
    const auto topology = read("offline");
    EXPECT_EQ(lists_of(topology), (std::vector<std::string>{"0,2-3", "4-5"}));
    EXPECT_EQ(topology.llcs[0].cores,
              (std::vector<CpuList>{
                  {0},
                  {2, 3}
    }));
}

// An LLC has the same name to all, whatever part of it they may use.
TEST_F(CpuTopologyMachines, OnlyWhatThisProcessMayUse) {
    const auto topology = read("nps4", *parse_cpu_list("3,12-13,63,200"));
    EXPECT_EQ(lists_of(topology), (std::vector<std::string>{"3", "12-13", "63"}));
    EXPECT_EQ(topology.llcs[0].id, 0U);
    EXPECT_EQ(topology.llcs[1].id, 8U);
    EXPECT_EQ(topology.llcs[2].id, 56U);
    EXPECT_EQ(topology.llc_of(0), nullptr);
}

TEST_F(CpuTopologyTest, AHostThatSaysNothingIsAnError) {
    EXPECT_THAT(cpu_topology({0}, dir->path()), IsErrorWith("does not tell the host's CPUs"));
    recorded::write_file(dir->path() / "cpu/online", "0-3");
    EXPECT_THAT(cpu_topology({7}, dir->path()), IsErrorWith("none of the CPUs"));
}

TEST_F(CpuTopologyTest, AHostThatSaysLittleIsOneLlc) {
    recorded::write_file(dir->path() / "cpu/online", "0-3");
    const auto topology = cpu_topology({1, 2}, dir->path());
    ASSERT_THAT(topology, IsOk());
    EXPECT_EQ(lists_of(*topology), std::vector<std::string>{"1-2"});
    EXPECT_EQ(topology->cores(), 2U);
}

TEST(CpuTopology, OfThisHostIsAllThatWeMayUse) {
    const auto topology = cpu_topology(allowed_cpus());
    ASSERT_THAT(topology, IsOk());
    EXPECT_FALSE(topology->cpus().empty());
    EXPECT_EQ(without(topology->cpus(), allowed_cpus()), CpuList{});
}

} // namespace ktstr::host
