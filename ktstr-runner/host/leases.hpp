// Leases of host CPUs: a performance test has whole LLCs for itself, all others share the rest.
// A lease is a file that its owner has locked (lease_files.hpp), so it ends with its owner, however
// that ends. Who waits is served in the order in which he came: docs/design/performance-mode.md.
#pragma once

#include "ktstr-runner/host/lease_files.hpp"
#include "ktstr-runner/host/lease_placement.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::host {

// One who holds a lease or waits for one, for people and for `cargo ktstr locks`.
struct LeaseHolder {
    LeaseKind kind;
    std::uint64_t number;
    LeaseNote note;
};

struct Leases {
    std::vector<LeaseHolder> exclusive;
    std::vector<LeaseHolder> shared;
    std::vector<LeaseHolder> waiting; // who is served next comes first
};

// Empty where nobody has ever taken one in that directory.
Result<Leases> look_at_leases(const std::filesystem::path& directory);

// "pid 4711 (`test`), which has CPUs 0-7 and 16 since 12 s".
std::string describe(const LeaseHolder& holder);

struct LeaseWish {
    std::filesystem::path directory; // lock_directory.hpp
    std::string test;
    Patience patience;
    // Called when there is somebody to wait for, and again when that changes: those that have to
    // let something go first, in the order of the queue.
    std::function<void(std::span<const LeaseHolder>)> waits_for = [](auto) {};
    // Asked only where it matters: it costs some milliseconds.
    std::function<Result<CpuTopology>()> topology;
};

// Whole LLCs and a housekeeping CPU. Nobody else has any of them when this is had.
struct ExclusiveLease {
    LeaseFile file;
    std::uint64_t ticket; // the number under which its owner came
    Placement placement;
};

// A share of what nobody has for himself.
struct SharedLease {
    LeaseFile file;
    CpuList cpus; // none: all
};

// Absent when patience ended first. The host must be large enough (why_no_place()), or it never
// ends.
Result<std::optional<ExclusiveLease>> lease_exclusively(const LeaseWish& wish, unsigned vcpus);

// Waits only where all CPUs that this process may use are others' own.
Result<std::optional<SharedLease>> lease_a_share(const LeaseWish& wish);

} // namespace ktstr::host
