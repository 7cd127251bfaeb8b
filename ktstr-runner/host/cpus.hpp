// The CPUs that this process may use.
#pragma once

namespace ktstr::host {

// Of the affinity mask (sched_getaffinity(2)), at least 1. A quota of a cgroup is not looked at.
unsigned usable_cpus();

} // namespace ktstr::host
