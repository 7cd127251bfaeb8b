// Which CPUs a cgroup or a worker gets: what a scenario says, on the machine that it runs on.
#pragma once

#include "guest/workload/scenario.hpp"
#include "guest/workload/topology.hpp"

#include <optional>
#include <string>

namespace ktstr::workload {

struct Placed {
    CpuSet cpus;       // for an affinity, empty: as it is
    std::string error; // why there is none
};

Placed place(const CpusetSpec& spec, const Topology& topology);

// `own`: the CPUs of the worker's cgroup. `seed` makes one choice at random the same each time.
Placed
place(const Affinity& affinity, const CpuSet& own, const Topology& topology, std::uint64_t seed);

} // namespace ktstr::workload
