#include "ktstr-runner/host/memory.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace ktstr::host {

namespace {

constexpr std::size_t most = 64 << 10; // bytes of a file that is read

// The number behind `name` at the start of a line.
std::optional<std::uint64_t> number_behind(std::string_view text, std::string_view name) {
    for (const auto& line : split(text, '\n')) {
        if (line.starts_with(name)) {
            const auto rest = trim(std::string_view(line).substr(name.size()));
            return parse_u64(rest.substr(0, rest.find(' ')));
        }
    }
    return std::nullopt;
}

// proc(5): "MemTotal:       24683620 kB".
std::optional<Memory> of_the_host(const std::filesystem::path& proc) {
    const auto text = read_file(proc / "meminfo", most);
    const auto total = number_behind(text.value_or(""), "MemTotal:");
    const auto available = number_behind(text.value_or(""), "MemAvailable:");
    if (!total || !available) {
        return std::nullopt;
    }
    return Memory{.total = *total << 10, .available = *available << 10};
}

// cgroups(7), Documentation/admin-guide/cgroup-v2.rst: a limit is a number or "max"; the pages of
// files that were not used for long can be had back.
void narrow(Memory& memory, const std::filesystem::path& cgroup) {
    const auto limit = parse_u64(trim(read_file(cgroup / "memory.max", most).value_or("")));
    const auto used = parse_u64(trim(read_file(cgroup / "memory.current", most).value_or("")));
    if (!limit || !used) {
        return;
    }
    const auto files =
        number_behind(read_file(cgroup / "memory.stat", most).value_or(""), "inactive_file");
    const auto held = *used - std::min(*used, files.value_or(0));
    memory.total = std::min(memory.total, *limit);
    memory.available = std::min(memory.available, *limit - std::min(*limit, held));
}

} // namespace

std::optional<Memory> memory(const std::filesystem::path& proc,
                             const std::filesystem::path& cgroups) {
    auto memory = of_the_host(proc);
    const auto mine = read_file(proc / "self/cgroup", most).value_or("");
    for (const auto& line : split(mine, '\n')) {
        constexpr std::string_view unified = "0::/";
        if (!memory || !line.starts_with(unified)) {
            continue;
        }
        for (auto path = std::filesystem::path(line.substr(unified.size()));;
             path = path.parent_path()) {
            narrow(*memory, cgroups / path);
            if (path.empty()) {
                break;
            }
        }
    }
    return memory;
}

} // namespace ktstr::host
