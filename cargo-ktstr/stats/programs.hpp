// What the kernel counted in the guests: BPF programs of the schedulers, sched_ext's events, and
// KVM's counters of the vCPUs.
#pragma once

#include "cargo-ktstr/stats/attempt.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::stats {

// The verifier's limit of instructions that it looks at (BPF_COMPLEXITY_LIMIT_INSNS, linux/bpf.h).
inline constexpr std::uint64_t verifier_limit = 1'000'000;

// Of one scheduler on all kernels and machines: the deterministic apart from the others.
struct ProgramSums {
    std::string scheduler;
    std::string name;
    bool deterministic = false;       // its times are guest time
    std::uint64_t verified_insns = 0; // the most
    std::uint64_t run_cnt = 0;
    std::uint64_t run_time_ns = 0;
    std::size_t attempts = 0; // that told of it

    // Nanoseconds of a call; absent when it never ran.
    std::optional<double> mean_ns() const {
        return run_cnt > 0
                   ? std::optional(static_cast<double>(run_time_ns) / static_cast<double>(run_cnt))
                   : std::nullopt;
    }
};

struct EventSums {
    std::string scheduler;
    std::string name;
    bool deterministic = false;
    std::uint64_t count = 0;
    std::size_t attempts = 0; // that had any
};

// Of a vCPU, the mean over all that were counted.
struct VcpuMeans {
    std::size_t machines = 0;
    std::size_t vcpus = 0;
    double exits = 0;
    double halts = 0;
    double halt_wait_ms = 0;
    double preemptions = 0;
    double signals = 0;
};

// By scheduler, then by the time that its programs took.
std::vector<ProgramSums> sum_programs(std::span<const Attempt> attempts, const Words& words);

// By scheduler and name; those that are zero everywhere are left out.
std::vector<EventSums> sum_events(std::span<const Attempt> attempts, const Words& words);

// Absent when nobody counted: emulated machines have no such counters.
std::optional<VcpuMeans> mean_vcpus(std::span<const Attempt> attempts);

} // namespace ktstr::stats
