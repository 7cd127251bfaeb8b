// Which CPUs of the host a lease gets: values in, values out.
#pragma once

#include "ktstr-runner/host/cpu_topology.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::host {

// What somebody has for himself alone.
struct Taken {
    std::vector<unsigned> llcs;           // ids
    std::optional<unsigned> housekeeping; // a CPU outside of them
};

// What a performance test gets: whole LLCs, and a CPU outside of them for all that is not a vCPU.
struct Placement {
    std::vector<unsigned> llcs; // ids
    CpuList cpus;               // all of theirs that may be used
    unsigned housekeeping = 0;

    bool operator==(const Placement&) const = default;
};

// As few LLCs as have a CPU for each vCPU, of one NUMA node or one package where that needs no more
// of them; none that others have, and none with the housekeeping CPU of another. Some LLC always
// stays outside, so whoever shares always has one. Absent while others have too much.
std::optional<Placement>
place(const CpuTopology& topology, std::span<const Taken> taken, unsigned vcpus);

// How many machines with so many vCPUs can have such a place at once, when nobody else has any.
std::size_t places(const CpuTopology& topology, unsigned vcpus);

// Why there would be no such place on this host even if nobody had anything; absent when there is
// one.
std::optional<std::string> why_no_place(const CpuTopology& topology, unsigned vcpus);

// The CPUs that all may use who have none for themselves: of LLCs that nobody has. Housekeeping
// CPUs are left alone as long as there are others. Empty: those who have LLCs see more CPUs than
// this process may use, and have all of these.
CpuList shared_cpus(const CpuTopology& topology, std::span<const Taken> taken);

// A CPU for each vCPU, in order: cores before second threads where each core can have one vCPU and
// the guest has no SMT; siblings beside each other where the guest's are (`threads` a core). The
// placement has room for them.
std::vector<unsigned> pin_order(const CpuTopology& topology,
                                const Placement& placement,
                                unsigned vcpus,
                                unsigned threads);

} // namespace ktstr::host
