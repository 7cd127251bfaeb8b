// A plan for people and for programs.
#pragma once

#include "cargo-ktstr/planner/pieces.hpp"
#include "cargo-ktstr/planner/times.hpp"

#include <string>

namespace ktstr::planner {

struct Shown {
    const Variants& variants;
    const Times& times;
};

// A line for each variant, run or not, and what they add up to.
Result<> print_table(const Shown& shown, const Print& print);

// Schema 1: {schema, kernels: [{label, key, version}], counts: {WORD: number}, expected_ns,
// variants:
// [{binary_id, test, of, preset, profile, topology, kernel, selected, reason, why, expected_ns,
// learned}]}. `test` is the name in nextest, `of` the test's own; what does not apply is null.
// `selected` is whether it was chosen to run: a reserve is not, it has a `reason` of its own.
Result<> print_plan_json(const Shown& shown, const Print& print);

// "14 of 144 variants run; 96 constraints, 34 no-room": those that run, and the others by reason.
std::string counts_in_words(const Variants& variants);

} // namespace ktstr::planner
