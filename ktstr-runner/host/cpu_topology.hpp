// How the host's CPUs share cores, caches and memory, as the kernel's sysfs tells
// (Documentation/admin-guide/cputopology.rst, Documentation/ABI/testing/sysfs-devices-system-cpu).
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/host/cpu_list.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::host {

// CPUs that share a last-level cache: the unit of an exclusive lease. Where the host does not tell
// of caches it is a die, else a package.
struct Llc {
    unsigned id = 0; // its lowest CPU that is online: the same to all processes of the host
    unsigned package = 0;
    unsigned node = 0;          // NUMA node of that CPU
    CpuList cpus;               // that this process may use
    std::vector<CpuList> cores; // the same CPUs, by core: SMT siblings stand together

    bool operator==(const Llc&) const = default;
};

struct CpuTopology {
    std::vector<Llc> llcs; // that have a CPU which this process may use, by id

    CpuList cpus() const;
    std::size_t cores() const;
    const Llc* llc_of(unsigned cpu) const; // null: not one that this process may use
    const Llc* llc_with(unsigned id) const;

    bool operator==(const CpuTopology&) const = default;
};

// Of the CPUs in `allowed` that are online. `system` is elsewhere in tests. Reads some files a core
// and some ten an LLC: no more than a few milliseconds on the largest host.
Result<CpuTopology> cpu_topology(const CpuList& allowed,
                                 const std::filesystem::path& system = "/sys/devices/system");

} // namespace ktstr::host
