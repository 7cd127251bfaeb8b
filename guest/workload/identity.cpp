#include "guest/workload/identity.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace ktstr::workload {

namespace {

// struct sched_attr of include/uapi/linux/sched/types.h, its first version; libc has no wrapper.
struct SchedAttr {
    std::uint32_t size = sizeof(SchedAttr);
    std::uint32_t policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

static_assert(sizeof(SchedAttr) == 48); // SCHED_ATTR_SIZE_VER0

bool set_policy(pid_t tid, const WorkSpec& spec) {
    const SchedAttr attributes{.policy = static_cast<std::uint32_t>(spec.policy.policy),
                               .nice = spec.nice.value_or(0),
                               .priority = spec.policy.priority,
                               .runtime_ns = spec.policy.runtime_ns,
                               .deadline_ns = spec.policy.deadline_ns,
                               .period_ns = spec.policy.period_ns};
    return ::syscall(SYS_sched_setattr, tid, &attributes, 0U) == 0;
}

} // namespace

Failure set_affinity(pid_t tid, const CpuSet& cpus) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const auto cpu : cpus.numbers()) {
        CPU_SET(cpu, &set);
    }
    return cpus.empty() || ::sched_setaffinity(tid, sizeof set, &set) == 0
               ? nullptr
               : "cannot set its affinity";
}

Failure set_scheduling(pid_t tid, const WorkSpec& spec) {
    if (spec.policy.policy != SCHED_OTHER) {
        return set_policy(tid, spec) ? nullptr : "cannot set its scheduling policy";
    }
    if (spec.nice && ::setpriority(PRIO_PROCESS, static_cast<id_t>(tid), *spec.nice) != 0) {
        return "cannot set its nice value";
    }
    return nullptr;
}

// set_mempolicy(2); the kernel wants one bit more than there are.
Failure set_memory_policy(const WorkSpec& spec) {
    if (!spec.memory) {
        return nullptr;
    }
    std::array<unsigned long, 2> nodes{};
    for (const auto node : spec.memory->nodes) {
        nodes[0] |= 1UL << node;
    }
    const auto mode = spec.memory->mode | static_cast<int>(spec.mpol_flags);
    const auto status =
        spec.memory->nodes.empty()
            ? ::syscall(SYS_set_mempolicy, mode, nullptr, 0UL)
            : ::syscall(SYS_set_mempolicy, mode, nodes.data(), sizeof(unsigned long) * 8 + 1);
    return status == 0 ? nullptr : "cannot set its memory policy";
}

// The system calls themselves: those of the C library would change all threads.
Failure set_user(const WorkSpec& spec) {
    if (spec.gid && ::syscall(SYS_setresgid, *spec.gid, *spec.gid, *spec.gid) != 0) {
        return "cannot set its group";
    }
    if (spec.uid && ::syscall(SYS_setresuid, *spec.uid, *spec.uid, *spec.uid) != 0) {
        return "cannot set its user";
    }
    return nullptr;
}

} // namespace ktstr::workload
