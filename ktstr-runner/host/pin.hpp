// Where threads of this user run, and how soon.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/host/cpu_list.hpp"

#include <sys/types.h>

#include <utility>
#include <vector>

namespace ktstr::host {

// Lets a thread run on these CPUs alone (sched_setaffinity(2)); 0: the calling one.
Result<> run_on(pid_t thread, const CpuList& cpus);

// The same for all threads that a process has now, and so for those that they start.
Result<> run_all_on(pid_t process, const CpuList& cpus);

// Before all that is not real-time: SCHED_FIFO (sched(7)). What the thread starts is not.
Result<> run_first(pid_t thread, int priority);

// Memory that this thread, and what it starts, touches first comes from these NUMA nodes
// (set_mempolicy(2), MPOL_BIND); from any when there is none.
Result<> take_memory_of(const std::vector<unsigned>& nodes);

// Puts the calling thread's CPUs back.
class AffinityScope final {
public:
    static Result<AffinityScope> enter(const CpuList& cpus);

    AffinityScope(AffinityScope&& other) noexcept : before_(std::exchange(other.before_, {})) {}

    AffinityScope& operator=(AffinityScope&&) = delete;
    ~AffinityScope();

private:
    explicit AffinityScope(CpuList before) : before_(std::move(before)) {}

    CpuList before_;
};

} // namespace ktstr::host
