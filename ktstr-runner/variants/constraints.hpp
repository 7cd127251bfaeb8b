// Which machines a test makes sense on, and which of those the host has room for.
#pragma once

#include "ktstr-runner/topology/topology.hpp"

#include <optional>
#include <string>

namespace ktstr::variants {

// What a machine must have for a test or scheduler; absent bounds are none.
struct Constraints {
    std::optional<unsigned> min_cpus;
    std::optional<unsigned> max_cpus;
    std::optional<unsigned> min_llcs;
    std::optional<unsigned> max_llcs;
    std::optional<unsigned> min_numa_nodes;
    std::optional<unsigned> max_numa_nodes;
    bool requires_smt = false;
};

// "it wants at most 12 LLCs"; absent when the topology will do.
std::optional<std::string> why_not_on(const Constraints& wants, const Topology& topology);

// What a topology, which is virtual, may have of the host's CPUs.
struct Room {
    unsigned cpus = 1;       // that this process may use
    unsigned overcommit = 8; // vCPUs for each of them

    // "252 vCPUs are more than 8 for each of the host's 2 CPUs"; absent when there is room.
    std::optional<std::string> why_none_for(const Topology& topology) const;
};

} // namespace ktstr::variants
