// Facts about this host that take time to find out, remembered in small files of two parts: what
// the fact hangs on (first line), then the fact. A file that cannot be read or written costs the
// time again, never an error.
#pragma once

#include "ktstr-runner/base/lock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::host {

class FactCache final {
public:
    // An empty directory remembers nothing.
    explicit FactCache(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // The fact, if it was remembered for the same key.
    std::optional<std::string> recall(std::string_view name, std::string_view key) const;
    void remember(std::string_view name, std::string_view key, std::string_view fact) const;

    // For a fact that is not the same whenever it is found out: who holds this finds it out, the
    // others wait and recall it. Absent when the directory has no locks.
    std::optional<FileLock> lock(std::string_view name) const;

private:
    std::filesystem::path directory_;
};

// This boot of this kernel: changes with every reboot and kernel update.
std::string boot_key();

} // namespace ktstr::host
