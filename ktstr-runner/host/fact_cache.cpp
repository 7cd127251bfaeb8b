#include "ktstr-runner/host/fact_cache.hpp"

#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/text.hpp"

#include <sys/utsname.h>

#include <system_error>

namespace ktstr::host {

namespace {

constexpr std::size_t largest_fact = std::size_t{8} << 20;

} // namespace

std::optional<std::string> FactCache::recall(std::string_view name, std::string_view key) const {
    if (directory_.empty()) {
        return std::nullopt;
    }
    const auto text = read_file(directory_ / name, largest_fact);
    const auto expected = std::string(key) + "\n";
    if (!text || !text->starts_with(expected)) {
        return std::nullopt;
    }
    return text->substr(expected.size());
}

void FactCache::remember(std::string_view name, std::string_view key, std::string_view fact) const {
    if (directory_.empty()) {
        return;
    }
    // Not remembering is no failure: the next one asks the host again.
    std::error_code ignored;
    std::filesystem::create_directories(directory_, ignored);
    const auto written =
        write_file_atomically(directory_ / name, std::string(key) + "\n" + std::string(fact));
    static_cast<void>(written);
}

std::optional<FileLock> FactCache::lock(std::string_view name) const {
    if (directory_.empty()) {
        return std::nullopt;
    }
    std::error_code ignored;
    std::filesystem::create_directories(directory_, ignored);
    auto lock =
        FileLock::acquire(directory_ / (std::string(name) + ".lock"), FileLock::Mode::exclusive);
    return lock ? std::optional(std::move(*lock)) : std::nullopt;
}

std::string boot_key() {
    utsname names{};
    ::uname(&names);
    const auto id = read_file("/proc/sys/kernel/random/boot_id", largest_fact);
    return std::string(names.release) + " " + names.machine + " " +
           (id ? std::string(trim(*id)) : "no boot id");
}

} // namespace ktstr::host
