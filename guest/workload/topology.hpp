// The guest's processors as its kernel tells them.
#pragma once

#include "guest/workload/cpu_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ktstr::workload {

struct Topology {
    CpuSet cpus;               // online
    std::vector<CpuSet> llcs;  // CPUs of each last-level cache, by their first CPU
    std::vector<CpuSet> cores; // hardware threads of each core, by their first CPU
    std::vector<CpuSet> nodes; // CPUs of each NUMA node, by its number; empty: memory alone

    // Of a node that has it; 0 for a CPU that no node has.
    unsigned node_of(unsigned cpu) const;
};

// From a tree like /sys/devices/system. Without cache directories the packages are the LLCs,
// without nodes there is one of all CPUs.
Topology read_topology(const std::string& system = "/sys/devices/system");

} // namespace ktstr::workload
