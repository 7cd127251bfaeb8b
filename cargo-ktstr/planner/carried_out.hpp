// What became of a budget's choice, by the sidecars of its run.
#pragma once

#include "cargo-ktstr/planner/budget.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace ktstr::planner {

// Tests as "BINARY_ID NAME".
struct Selection {
    std::vector<std::string> chosen;
    std::map<std::string, std::chrono::nanoseconds> reserve; // what each is expected to take
};

Selection selection_of(const Times& times, const Variants& variants);

struct CarriedOut {
    std::size_t reserve_ran = 0;
    std::size_t reserve_not_begun = 0; // for want of time
    std::size_t chosen_not_begun = 0;  // the same
    std::size_t chosen_unknown =
        0; // without a result: the run ended before, or a runner was killed
};

CarriedOut carried_out(const Selection& selection, std::span<const sidecar::Record> records);

// "42 of 529 variants, 4 m 50 s expected; 812 of 1024 pairs of features; 60 in reserve, of which 12
// ran; it took 4 m 59 s. 475 variants were left out for want of time; 3 of those that were chosen
// did not begin in time; 2 of them have no result"
std::string in_words(const Choice& choice, const CarriedOut& done, std::chrono::nanoseconds took);

} // namespace ktstr::planner
