#include "ktstr-runner/host/pin.hpp"

#include "ktstr-runner/base/threads.hpp"
#include "ktstr-runner/host/cpus.hpp"

#include <fmt/format.h>

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ktstr::host {

Result<> run_on(pid_t thread, const CpuList& cpus) {
    if (cpus.empty()) {
        return fail(ErrorKind::internal, "a thread needs a CPU");
    }
    std::vector<cpu_set_t> sets(cpus.back() / CPU_SETSIZE + 1);
    const auto size = sets.size() * sizeof(cpu_set_t);
    for (const auto cpu : cpus) {
        CPU_SET_S(cpu, size, sets.data());
    }
    if (::sched_setaffinity(thread, size, sets.data()) != 0) {
        return fail(Error::from_errno(
            fmt::format("cannot let thread {} run on CPUs {}", thread, cpu_list_text(cpus))));
    }
    return {};
}

// A thread that is started meanwhile has the CPUs of the one that starts it, so that after a round
// in which there was nothing new all are done.
Result<> run_all_on(pid_t process, const CpuList& cpus) {
    std::vector<Thread> done;
    for (auto threads = threads_of(process); threads != done; threads = threads_of(process)) {
        for (const auto& thread : threads) {
            const auto moved = run_on(thread.id, cpus);
            if (!moved && errno != ESRCH) {
                return moved;
            }
        }
        done = std::move(threads);
    }
    return {};
}

Result<> run_first(pid_t thread, int priority) {
    const sched_param parameters{.sched_priority = priority};
    if (::sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) != 0) {
        return fail(Error::from_errno("SCHED_FIFO"));
    }
    return {};
}

Result<> take_memory_of(const std::vector<unsigned>& nodes) {
    constexpr unsigned bits = 8 * sizeof(unsigned long);
    std::vector<unsigned long> mask;
    for (const auto node : nodes) {
        mask.resize(std::max<std::size_t>(mask.size(), node / bits + 1));
        mask[node / bits] |= 1UL << node % bits;
    }
    // The kernel counts one bit less than it is told (mm/mempolicy.c, get_nodes()).
    const auto count = mask.empty() ? 0UL : mask.size() * bits + 1;
    if (::syscall(SYS_set_mempolicy,
                  mask.empty() ? MPOL_DEFAULT : MPOL_BIND,
                  mask.empty() ? nullptr : mask.data(),
                  count) != 0) {
        return fail(Error::from_errno("set_mempolicy"));
    }
    return {};
}

Result<AffinityScope> AffinityScope::enter(const CpuList& cpus) {
    auto before = allowed_cpus();
    TRY(run_on(0, cpus));
    return AffinityScope(std::move(before));
}

AffinityScope::~AffinityScope() {
    if (!before_.empty()) {
        static_cast<void>(
            run_on(0, before_).has_value()); // some are offline now: all that are left
    }
}

} // namespace ktstr::host
