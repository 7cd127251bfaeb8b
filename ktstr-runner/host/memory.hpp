// How much memory this process may use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace ktstr::host {

struct Memory {
    std::uint64_t total = 0;     // bytes
    std::uint64_t available = 0; // without swapping
};

// Of the host (/proc/meminfo), or of the narrowest of the cgroups (version 2) that this process is
// in, where that is less. Absent when the host does not say. `proc` and `cgroups` are elsewhere in
// tests.
std::optional<Memory> memory(const std::filesystem::path& proc = "/proc",
                             const std::filesystem::path& cgroups = "/sys/fs/cgroup");

} // namespace ktstr::host
