#include "guest/workload/topology.hpp"

#include "guest/base/os.hpp"

#include <algorithm>

namespace ktstr::workload {

unsigned Topology::node_of(unsigned cpu) const {
    for (unsigned node = 0; node < nodes.size(); ++node) {
        if (nodes[node].has(cpu)) {
            return node;
        }
    }
    return 0;
}

namespace {

std::optional<CpuSet> read_set(const std::string& path) {
    const auto text = guest::read_file(path);
    return text ? CpuSet::parse(*text) : std::nullopt;
}

// The unified or data cache of the highest level
// (Documentation/ABI/testing/sysfs-devices-system-cpu).
std::optional<CpuSet> last_level_cache(const std::string& cpu) {
    constexpr int most_caches = 16;
    std::optional<CpuSet> shared;
    int highest = 0;
    for (int index = 0; index < most_caches; ++index) {
        const auto cache = cpu + "/cache/index" + std::to_string(index);
        const auto level = guest::read_file(cache + "/level");
        const auto type = guest::read_file(cache + "/type");
        if (!level || !type) {
            break;
        }
        const auto height = std::atoi(level->c_str());
        if (!type->starts_with("Instruction") && height > highest) {
            if (auto set = read_set(cache + "/shared_cpu_list")) {
                shared = set;
                highest = height;
            }
        }
    }
    return shared;
}

void add_once(std::vector<CpuSet>& sets, const CpuSet& set) {
    if (!set.empty() && std::find(sets.begin(), sets.end(), set) == sets.end()) {
        sets.push_back(set);
    }
}

} // namespace

Topology read_topology(const std::string& system) {
    Topology topology;
    topology.cpus = read_set(system + "/cpu/online").value_or(CpuSet::one(0));
    for (const auto number : topology.cpus.numbers()) {
        const auto cpu = system + "/cpu/cpu" + std::to_string(number);
        auto llc = last_level_cache(cpu);
        if (!llc) {
            llc = read_set(cpu + "/topology/package_cpus_list");
        }
        add_once(topology.llcs, llc.value_or(topology.cpus) & topology.cpus);
        const auto core = read_set(cpu + "/topology/thread_siblings_list");
        add_once(topology.cores, core.value_or(CpuSet::one(number)) & topology.cpus);
    }
    const auto nodes = read_set(system + "/node/online").value_or(CpuSet());
    for (const auto node : nodes.numbers()) {
        topology.nodes.resize(node + 1);
        topology.nodes[node] =
            read_set(system + "/node/node" + std::to_string(node) + "/cpulist").value_or(CpuSet());
    }
    if (topology.nodes.empty()) {
        topology.nodes.push_back(topology.cpus);
    }
    return topology;
}

} // namespace ktstr::workload
