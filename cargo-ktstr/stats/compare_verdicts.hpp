// What became of each variant's verdict, and which variants one side alone has.
#pragma once

#include "cargo-ktstr/stats/compare_variants.hpp"

namespace ktstr::stats {

// Fills in tests, what is left out or one-sided, and what is in both.
void compare_verdicts(const Variants& a,
                      const Variants& b,
                      const VariantNames& names,
                      const CompareOptions& options,
                      Comparison& out);

} // namespace ktstr::stats
