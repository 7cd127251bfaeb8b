// What the seeds of an exploration came to, grouped: seeds of one verdict whose headlines say the
// same, numbers aside.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ktstr::commands {

struct SeedResult {
    std::uint64_t seed = 0;
    std::optional<sidecar::Verdict> verdict; // absent: the runner left none
    std::string headline;
    std::string digest;
    std::filesystem::path file; // the sidecar; without a verdict what the runner said
};

class Outcomes final {
public:
    void add(const SeedResult& result);

    std::size_t seeds() const { return seeds_; }

    std::size_t of(sidecar::Verdict verdict) const;
    std::size_t without_verdict() const;

    // A line for each group, the most frequent first, and below it its first seeds, each with the
    // command that runs it again.
    std::string text() const;

private:
    struct Group {
        std::optional<sidecar::Verdict> verdict;
        std::string key;
        std::string headline; // of its first seed
        std::size_t count = 0;
        std::vector<SeedResult> first; // by seed
        std::set<std::string> digests;
    };

    std::size_t count(std::optional<sidecar::Verdict> verdict) const;

    std::size_t seeds_ = 0;
    std::vector<Group> groups_;
};

// A headline with `#` for each number.
std::string without_numbers(std::string_view headline);

} // namespace ktstr::commands
