// Chooses what runs in a given time: one choice over all binaries, variants and kernels.
#pragma once

#include "cargo-ktstr/planner/features.hpp"
#include "cargo-ktstr/planner/needs.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace ktstr::planner {

struct Budget {
    std::chrono::nanoseconds time{}; // of the whole run
    Lanes lanes;
    std::uint64_t seed = 0; // of what fills the rest
    // How many tests with performance_mode and so many lanes have CPUs at once; absent: not known.
    std::map<unsigned, unsigned> performance_at_once;
    std::size_t most_in_reserve = 0;
};

struct Choice {
    std::size_t chosen = 0;
    std::size_t reserve = 0;
    std::size_t left_out = 0;            // neither
    std::chrono::nanoseconds expected{}; // of the chosen ones, with their lanes
    std::size_t pairs = 0;               // of features, that the chosen ones have together
    std::size_t all_pairs = 0;           // that all which could run have
};

// Of the variants that run, those first that failed last, then the changed tests as they are
// declared; then, one after the other, that which
// brings the most new pairs of features for its time, one that was never run counting twice; what
// is left of the time is filled with the others, in an order that the seed decides. A reserve is
// chosen in the same way from what remains, for as long as what was expected of the chosen ones may
// be too much: of tests that never ran twice as long as they, of the others a quarter. What remains
// then is `Left::budget`. The same inputs give the same choice.
Choice choose(const Budget& budget, const Times& times, Variants& variants);

// "42 of 529 variants, 4 m 50 s expected; 812 of 1024 pairs of features; 60 in reserve"
std::string in_words(const Choice& choice);

} // namespace ktstr::planner
