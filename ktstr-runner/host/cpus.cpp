#include "ktstr-runner/host/cpus.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <sched.h>

#include <algorithm>
#include <filesystem>

namespace ktstr::host {

// The kernel refuses a mask that is shorter than its own (EINVAL), which may be of 8192 CPUs.
CpuList allowed_cpus() {
    std::vector<cpu_set_t> sets(8192 / CPU_SETSIZE);
    const auto size = sets.size() * sizeof(cpu_set_t);
    CpuList cpus;
    if (::sched_getaffinity(0, size, sets.data()) == 0) {
        for (unsigned cpu = 0; cpu < sets.size() * CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET_S(cpu, size, sets.data())) {
                cpus.push_back(cpu);
            }
        }
    }
    return cpus;
}

std::optional<unsigned> parse_cpu_max(std::string_view text) {
    const auto words = split(trim(text), ' ');
    const auto quota = parse_u64(words.front());
    const auto period = words.size() == 2 ? parse_u64(words.back()) : std::nullopt;
    if (!quota || !period || *period == 0) {
        return std::nullopt;
    }
    return static_cast<unsigned>(std::clamp<std::uint64_t>(*quota / *period, 1, 1U << 20));
}

unsigned usable_cpus() {
    auto cpus = std::max(static_cast<unsigned>(allowed_cpus().size()), 1U);
    constexpr std::string_view unified = "0::/"; // behind those of cgroup v1, where there are any
    const std::filesystem::path root = "/sys/fs/cgroup";
    for (const auto& line : split(read_file("/proc/self/cgroup", 1 << 20).value_or(""), '\n')) {
        if (!line.starts_with(unified)) {
            continue;
        }
        // A container sees its own as the root, and the root of all has no limit.
        for (std::filesystem::path group = line.substr(unified.size());;
             group = group.parent_path()) {
            const auto text = read_file(root / group / "cpu.max", 64);
            const auto most = text ? parse_cpu_max(*text) : std::nullopt;
            cpus = std::min(cpus, most.value_or(cpus));
            if (group.empty()) {
                break;
            }
        }
    }
    return cpus;
}

} // namespace ktstr::host
