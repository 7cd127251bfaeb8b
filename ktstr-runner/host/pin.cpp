#include "ktstr-runner/host/pin.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"
#include "ktstr-runner/base/threads.hpp"
#include "ktstr-runner/host/cpus.hpp"

#include <fmt/format.h>

#include <linux/mempolicy.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
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

std::optional<std::string> why_first_is_throttled(std::string_view release,
                                                  std::string_view runtime_us) {
    const auto dot = release.find('.');
    const auto number = [](std::string_view text) {
        return parse_u64(text.substr(0, text.find_first_not_of("0123456789"))).value_or(0);
    };
    const auto major = number(release);
    const auto minor = dot == release.npos ? 0 : number(release.substr(dot + 1));
    const bool lets_others_in = major > 6 || (major == 6 && minor >= 12);
    if (lets_others_in || trim(runtime_us) == "-1") {
        return std::nullopt;
    }
    return "before Linux 6.12 real-time threads are stopped for a part of each second "
           "(sched_rt_runtime_us)";
}

std::optional<std::string> why_first_is_throttled() {
    utsname system{};
    ::uname(&system);
    const auto runtime = read_file("/proc/sys/kernel/sched_rt_runtime_us", 64);
    return why_first_is_throttled(system.release, runtime.value_or(""));
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
                  mask.empty() ? MPOL_DEFAULT : MPOL_PREFERRED_MANY,
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
