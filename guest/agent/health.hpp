// What must be the same before and behind a rehearsal, or the tests behind it would be told of it.
#pragma once

#include "guest/agent/standing.hpp"

#include <string>

namespace ktstr::guest {

// One line: the kernel's taints, processes killed for lack of memory, and whether sched_ext runs
// the scheduler that was attached (Documentation/scheduler/sched-ext.rst), with its process alive.
std::string health(const Standing& standing);

} // namespace ktstr::guest
