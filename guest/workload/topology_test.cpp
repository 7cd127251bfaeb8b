#include "guest/base/test_dir.hpp"
#include "guest/workload/topology.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace ktstr::workload {
namespace {

void put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text << '\n';
}

void put_cpu(const std::string& system,
             int cpu,
             const std::string& siblings,
             const std::string& llc) {
    const auto base = system + "/cpu/cpu" + std::to_string(cpu);
    put(base + "/topology/thread_siblings_list", siblings);
    put(base + "/topology/package_cpus_list", "0-3");
    if (!llc.empty()) {
        put(base + "/cache/index0/level", "1");
        put(base + "/cache/index0/type", "Data");
        put(base + "/cache/index0/shared_cpu_list", std::to_string(cpu));
        put(base + "/cache/index1/level", "3");
        put(base + "/cache/index1/type", "Unified");
        put(base + "/cache/index1/shared_cpu_list", llc);
    }
}

TEST(ReadTopology, FindsCachesCoresAndNodes) {
    const guest::TestDir dir;
    const std::string system = dir.path();
    put(system + "/cpu/online", "0-3");
    for (int cpu = 0; cpu < 4; ++cpu) {
        put_cpu(system, cpu, cpu < 2 ? "0-1" : "2-3", cpu < 2 ? "0-1" : "2-3");
    }
    put(system + "/node/online", "0,2");
    put(system + "/node/node0/cpulist", "0-3");
    put(system + "/node/node2/cpulist", "");
    const auto topology = read_topology(system);
    EXPECT_EQ(topology.cpus.text(), "0-3");
    ASSERT_EQ(topology.llcs.size(), 2U);
    EXPECT_EQ(topology.llcs[1].text(), "2-3");
    EXPECT_EQ(topology.cores.size(), 2U);
    ASSERT_EQ(topology.nodes.size(), 3U);
    EXPECT_TRUE(topology.nodes[2].empty());
    EXPECT_EQ(topology.node_of(3), 0U);
}

TEST(ReadTopology, WithoutCachesOrNodesIsOnePackageAndOneNode) {
    const guest::TestDir dir;
    const std::string system = dir.path();
    put(system + "/cpu/online", "0-3");
    for (int cpu = 0; cpu < 4; ++cpu) {
        put_cpu(system, cpu, std::to_string(cpu), "");
    }
    const auto topology = read_topology(system);
    ASSERT_EQ(topology.llcs.size(), 1U);
    EXPECT_EQ(topology.llcs[0].text(), "0-3");
    EXPECT_EQ(topology.cores.size(), 4U);
    ASSERT_EQ(topology.nodes.size(), 1U);
    EXPECT_EQ(topology.nodes[0].text(), "0-3");
}

} // namespace
} // namespace ktstr::workload
