// Where threads of this user run, and how soon.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/host/cpu_list.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktstr::host {

// Lets a thread run on these CPUs alone (sched_setaffinity(2)); 0: the calling one.
Result<> run_on(pid_t thread, const CpuList& cpus);

// The same for all threads that a process has now, and so for those that they start.
Result<> run_all_on(pid_t process, const CpuList& cpus);

// Before all that is not real-time: SCHED_FIFO (sched(7)). What the thread starts is not.
Result<> run_first(pid_t thread, int priority);

// Why a real-time thread that never sleeps would be stopped for a part of each second: before 6.12
// the kernel throttles them all, whether others want the CPU or not (sched(7),
// sched_rt_runtime_us); later ones let ordinary threads in where there are some. Absent when it
// would not be.
std::optional<std::string> why_first_is_throttled();
// The decision behind it: of uname(2), and of /proc/sys/kernel/sched_rt_runtime_us.
std::optional<std::string> why_first_is_throttled(std::string_view release,
                                                  std::string_view runtime_us);

// Memory that this thread, and what it starts, touches first comes from these NUMA nodes while they
// have some (set_mempolicy(2), MPOL_PREFERRED_MANY, 5.15); from any when there is none.
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
