// How the threads of a process fared on the host's CPUs. On a busy host it is this that tells slow
// from stuck.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr {

struct CpuTime {
    std::chrono::nanoseconds ran{};    // of all its threads together
    std::chrono::nanoseconds waited{}; // runnable without a CPU: of the thread that waited longest
    std::chrono::nanoseconds waited_in_all{}; // of all of them together
};

// "1.2 s of CPU, 3.4 s waiting for one": for people.
std::string describe(const CpuTime& time);

// Absent when the process is gone or the host's kernel does not keep count (CONFIG_SCHED_INFO).
// Source: /proc/PID/task/TID/schedstat (Documentation/scheduler/sched-stats.rst).
std::optional<CpuTime> cpu_time_of(pid_t pid);

// One line of schedstat: nanoseconds run, nanoseconds waited, number of time slices.
std::optional<CpuTime> parse_schedstat(std::string_view text);

} // namespace ktstr
