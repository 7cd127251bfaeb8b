#include "ktstr-runner/host/cpus.hpp"

#include <sched.h>

#include <algorithm>

namespace ktstr::host {

unsigned usable_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0
               ? static_cast<unsigned>(std::max(CPU_COUNT(&set), 1))
               : 1;
}

} // namespace ktstr::host
