// What a run teaches about its tests. To read all sidecars of the newest runs takes a second for a
// few thousand, so each run's lessons are kept beside them, in a file that is no sidecar.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ktstr::planner {

// Each takes times of its own.
enum class Backend { emulated, kvm, host, deterministic };

// Of a sidecar's `machine`; absent where there was none.
std::optional<Backend> backend_of(const sidecar::Record& record);

// A variant, whatever the kernels are called in a run.
struct Which {
    std::string binary_id;
    std::string name;       // in nextest, without its kernel's label
    std::string kernel_key; // empty on the host

    auto operator<=>(const Which&) const = default;
};

// Of one attempt that came to a verdict.
struct Lesson {
    Which which;
    Backend backend = Backend::emulated;
    unsigned vcpus = 0; // 0 on the host
    std::int64_t wall_ns = 0;
    bool passed = false;
    std::set<std::string> work; // kinds of work that it did: "spin_wait"

    bool operator==(const Lesson&) const = default;
};

// Absent where nothing was tried, and where a seed varied it: what that took is the seed's.
std::optional<Lesson> lesson_of(const sidecar::Record& record);

// Oldest first. What was kept holds as long as the run has as many sidecars; a file that cannot be
// read or written costs the time again. Sidecars that cannot be read are the affair of `stats`.
std::vector<Lesson> lessons_of(const std::filesystem::path& run_directory);

} // namespace ktstr::planner
