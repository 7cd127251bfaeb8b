// How what a run's plan expected compares with what its attempts took.
#pragma once

#include "cargo-ktstr/stats/attempt.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::stats {

// Of attempts that passed and of which the plan expected something: others end early, or late.
struct EstimateSums {
    std::size_t attempts = 0;
    std::int64_t expected_ns = 0;
    std::int64_t took_ns = 0;
    double median_ratio = 0; // of what was taken to what was expected
};

// A test of which the plan was wrong.
struct Misjudged {
    std::string binary_id;
    std::string test;
    bool learned = false;
    std::int64_t expected_ns = 0;
    std::int64_t took_ns = 0; // the median of its attempts

    double ratio() const { return static_cast<double>(took_ns) / static_cast<double>(expected_ns); }
};

struct Estimates {
    std::optional<EstimateSums> learned; // absent: none
    std::optional<EstimateSums> estimated;
    // Those that are wrong by most seconds, of those that took less than half or more than twice of
    // what was expected.
    std::vector<Misjudged> largest;
};

// Absent where no plan expected anything.
std::optional<Estimates> estimates_of(std::span<const Attempt> attempts, const Words& words);

} // namespace ktstr::stats
