#include "ktstr-runner/host/cpus.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <sched.h>

#include <algorithm>
#include <filesystem>

namespace ktstr::host {

namespace {

unsigned cpus_in_mask() {
    cpu_set_t set;
    CPU_ZERO(&set);
    return ::sched_getaffinity(0, sizeof set, &set) == 0
               ? static_cast<unsigned>(std::max(CPU_COUNT(&set), 1))
               : 1;
}

} // namespace

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
    auto cpus = cpus_in_mask();
    const auto ours = read_file("/proc/self/cgroup", 4096); // "0::/a/b"
    const auto line = ours ? std::string(trim(*ours)) : std::string();
    if (!line.starts_with("0::/")) {
        return cpus;
    }
    const std::filesystem::path root = "/sys/fs/cgroup";
    for (std::filesystem::path group = line.substr(4); !group.empty();
         group = group.parent_path()) {
        const auto text = read_file(root / group / "cpu.max", 64);
        const auto most = text ? parse_cpu_max(*text) : std::nullopt;
        cpus = std::min(cpus, most.value_or(cpus));
    }
    return cpus;
}

} // namespace ktstr::host
