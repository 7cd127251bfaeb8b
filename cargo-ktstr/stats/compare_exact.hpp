// Deterministic attempts of two sides: one a side is enough, for equal digests are equal runs.
#pragma once

#include "cargo-ktstr/stats/compare_variants.hpp"

namespace ktstr::stats {

// Variants and the words of their runs.
struct ExactSide {
    const Variants& variants;
    const Words& words;
};

// Of each variant and seed that both have. Where digests are not the same the two sidecars are read
// again, and told apart.
void compare_exact(const ExactSide& a,
                   const ExactSide& b,
                   const VariantNames& names,
                   ExactComparison& out);

} // namespace ktstr::stats
