// What the attempts of a run add up to.
#pragma once

#include "cargo-ktstr/stats/attempt.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::stats {

// Times of one column over the attempts that have it.
struct Times {
    std::int64_t sum_ns = 0;
    std::int64_t median_ns = 0;
};

struct Summary {
    // Tests of a run, and of each of its repetitions and seeds, by the verdict of their last
    // attempt.
    Counts tests{};
    std::size_t attempts = 0;
    std::size_t flaky = 0;        // passed after a failed attempt
    std::size_t second_tries = 0; // attempts whose machine had failed once
    std::uint64_t files_kept = 0; // profiles of coverage
    std::uint64_t files_lost = 0;
    Times total;
    std::array<std::optional<Times>, sidecar::phase_count> phases; // absent: no attempt had it

    std::size_t all_tests() const { return tests[0] + tests[1] + tests[2] + tests[3]; }

    std::size_t count(sidecar::Verdict verdict) const { return tests[place_of(verdict)]; }
};

// How the machines came to be: "fork", "template", "boot", "on the host".
std::map<std::string, std::size_t> count_origins(std::span<const Attempt> attempts,
                                                 const Words& words);

Summary summarise(std::span<const Attempt> attempts, const Words& words);

// By binary, test and attempt: the same order for two runs of the same tests.
std::vector<const Attempt*> in_order(std::span<const Attempt> attempts, const Words& words);

} // namespace ktstr::stats
