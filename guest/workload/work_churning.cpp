// Work that keeps the kernel's scheduler or memory management busy: what a worker is changes all
// the time. What it may not do (as another user) it leaves.
#include "guest/workload/work.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace ktstr::workload {

namespace {

std::uint64_t done(const Bench& bench) {
    return bench.members[bench.role].iterations.load(std::memory_order_relaxed);
}

void fork_exit(Bench& bench) {
    const auto pid = ::fork();
    if (pid == 0) {
        ::_exit(0);
    }
    // Its own child's time is its own: that it waits here is no reason not to get on.
    while (pid > 0 && ::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    bench.look.iteration(1);
}

void nice_sweep(Bench& bench) {
    constexpr int lowest = -20;
    constexpr int count = 40;
    ::setpriority(PRIO_PROCESS, 0, lowest + static_cast<int>(done(bench) % count));
    spin(1024);
    bench.look.iteration(1);
}

void affinity_churn(Bench& bench) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        CPU_SET(cpu, &allowed);
    }
    // All that the cpuset leaves of them, which may have changed.
    ::sched_setaffinity(0, sizeof allowed, &allowed);
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    auto skip = done(bench) % static_cast<std::uint64_t>(std::max(1, CPU_COUNT(&allowed)));
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &allowed) && skip-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            ::sched_setaffinity(0, sizeof one, &one);
            break;
        }
    }
    spin(bench.type.spin_iters);
    bench.look.iteration(1);
}

void policy_churn(Bench& bench) {
    struct Choice {
        int policy;
        int priority;
    };

    constexpr std::array<Choice, 5> choices{
        {{SCHED_OTHER, 0}, {SCHED_BATCH, 0}, {SCHED_FIFO, 1}, {SCHED_RR, 1}, {SCHED_IDLE, 0}}
    };
    const auto& choice = choices.at(done(bench) % choices.size());
    sched_param parameters{};
    parameters.sched_priority = choice.priority;
    ::sched_setscheduler(0, choice.policy, &parameters);
    spin(bench.type.spin_iters);
    bench.look.iteration(1);
}

void page_fault_churn(Bench& bench) {
    constexpr std::size_t page = 4096;
    const auto pages = std::max<std::size_t>(1, bench.buffer.size() / page);
    // Pages far from each other: a step that has no factor in common with most counts.
    constexpr std::size_t step = 7919;
    auto at = done(bench) % pages;
    for (std::uint64_t touch = 0; touch < bench.type.operations; ++touch) {
        const_cast<volatile unsigned char&>(bench.buffer[at * page]) = 1;
        at = (at + step) % pages;
    }
    ::madvise(bench.buffer.data(), bench.buffer.size(), MADV_DONTNEED);
    spin(bench.type.spin_iters);
    bench.look.iteration(bench.type.operations);
}

} // namespace

Round churning_round(WorkKind kind) {
    switch (kind) {
    case WorkKind::fork_exit:
        return fork_exit;
    case WorkKind::nice_sweep:
        return nice_sweep;
    case WorkKind::affinity_churn:
        return affinity_churn;
    case WorkKind::policy_churn:
        return policy_churn;
    case WorkKind::page_fault_churn:
        return page_fault_churn;
    default:
        return nullptr;
    }
}

} // namespace ktstr::workload
