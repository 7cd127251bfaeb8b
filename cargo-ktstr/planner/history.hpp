// What earlier runs tell of a test: how long it takes, and whether it failed last.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::planner {

// Emulated tests take other times than those under KVM.
enum class Backend { emulated, kvm, host };

// Of a sidecar's `machine`; absent where there was none.
std::optional<Backend> backend_of(const sidecar::Record& record);

// A variant, whatever the kernels are called in a run.
struct Which {
    std::string binary_id;
    std::string name;       // in nextest, without its kernel's label
    std::string kernel_key; // empty on the host

    auto operator<=>(const Which&) const = default;
};

class History final {
public:
    // Takes what an attempt that came to a verdict took; of older records first.
    void add(const sidecar::Record& record);

    // The 95th percentile of a variant's attempts; absent: never run.
    std::optional<std::chrono::nanoseconds> p95(const Which& which, Backend backend) const;

    // Its last attempt did not pass.
    bool failed_last(const Which& which) const;

private:
    struct Known {
        std::map<Backend, std::vector<std::int64_t>> wall_ns;
        bool failed_last = false;
    };

    const Known* find(const Which& which) const;

    std::map<Which, Known> known_;
};

// Of the newest runs below a target directory. Sidecars that cannot be read are `stats`' affair.
History read_history(const std::filesystem::path& target, std::size_t most_runs = 20);

// For a test that was never run: what its machine, its scheduler and its holds will take.
std::chrono::nanoseconds estimate(Backend backend, unsigned vcpus, std::uint64_t duration_ms);

} // namespace ktstr::planner
