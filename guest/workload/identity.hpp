// What a worker is to the kernel: applied by the worker to itself before its gate, or by the engine
// to a worker that it did not fork.
#pragma once

#include "guest/workload/scenario.hpp"

#include <sys/types.h>

namespace ktstr::workload {

// What failed, or nullptr; errno says why. A constant, since a worker may not allocate.
using Failure = const char*;

// Of a thread; 0 is the caller. No CPUs: it stays as it is.
Failure set_affinity(pid_t tid, const CpuSet& cpus);

// Nice value and policy, likewise.
Failure set_scheduling(pid_t tid, const WorkSpec& spec);

// Of the calling thread: memory policy and name; group and user are last, since they take rights
// away.
Failure set_memory_policy(const WorkSpec& spec);
Failure set_user(const WorkSpec& spec);

} // namespace ktstr::workload
