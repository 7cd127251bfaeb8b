// The CPUs that this process may use.
#pragma once

#include "ktstr-runner/host/cpu_list.hpp"

#include <optional>
#include <string_view>

namespace ktstr::host {

// Of the affinity mask (sched_getaffinity(2)), and not more than the quota of a cgroup that we are
// in (cgroup v2, cpu.max) lets run; at least 1.
unsigned usable_cpus();

// The affinity mask of the calling thread (sched_getaffinity(2)); empty when the kernel does not
// say.
CpuList allowed_cpus();

// Whole CPUs of a cpu.max ("200000 100000" is 2); absent without a limit.
std::optional<unsigned> parse_cpu_max(std::string_view text);

} // namespace ktstr::host
