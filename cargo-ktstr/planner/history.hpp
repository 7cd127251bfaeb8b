// What earlier runs tell of a test: how long it takes, and whether it failed last.
#pragma once

#include "cargo-ktstr/planner/lessons.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ktstr::planner {

class History final {
public:
    // Takes what an attempt that came to a verdict took; of older records first.
    void add(const Lesson& lesson);
    void add(const sidecar::Record& record);

    // The 95th percentile of a variant's attempts that passed, or, where none did, of all; absent:
    // never run. One that fails may end early or late.
    std::optional<std::chrono::nanoseconds> p95(const Which& which, Backend backend) const;

    // What a test's variants took on a machine like this: the median of those with the number of
    // vCPUs that is nearest, and of `estimate` what the vCPUs make different. Absent: none passed.
    std::optional<std::chrono::nanoseconds> like(const std::string& binary_id,
                                                 const std::string& test,
                                                 Backend backend,
                                                 unsigned vcpus) const;

    // Its last attempt did not pass.
    bool failed_last(const Which& which) const;

    // The kinds of work that a test did, in whatever variant: "spin_wait". Its code decides that,
    // so only a run tells.
    const std::set<std::string>& work_of(const std::string& binary_id,
                                         const std::string& test) const;

private:
    struct Known {
        std::map<Backend, std::vector<std::int64_t>> passed_ns;
        std::map<Backend, std::vector<std::int64_t>> failed_ns;
        bool failed_last = false;
    };

    const Known* find(const Which& which) const;

    std::map<Which, Known> known_;
    using BinaryAndTest = std::pair<std::string, std::string>;
    std::map<BinaryAndTest, std::set<std::string>> work_;
    using Newest = std::deque<std::int64_t>; // ns of attempts that passed
    std::map<std::pair<Backend, BinaryAndTest>, std::map<unsigned, Newest>> by_vcpus_;
};

// Of the newest runs below a target directory. Sidecars that cannot be read are `stats`' affair.
History read_history(const std::filesystem::path& target, std::size_t most_runs = 20);

// For a test that was never run: what its machine, its scheduler and its holds will take.
std::chrono::nanoseconds estimate(Backend backend, unsigned vcpus, std::uint64_t duration_ms);

} // namespace ktstr::planner
