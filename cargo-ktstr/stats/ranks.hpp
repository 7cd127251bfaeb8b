// Statistics that assume no distribution: medians, and tests by rank.
#pragma once

#include <span>
#include <vector>

namespace ktstr::stats {

// Of at least one value: the middle, or the mean of the two in the middle.
double median(std::vector<double> values);

// The median distance from the median, times 1.4826: the standard deviation where values are normal
// (P. J. Rousseeuw, C. Croux, "Alternatives to the Median Absolute Deviation", 1993).
double deviation(std::span<const double> values, double median);

// Whether `a` and `b` differ, two-sided, by the ranks of their values (H. B. Mann, D. R. Whitney,
// 1947): exact for up to 20 on each side without ties, else by the normal approximation with
// correction for ties and continuity. 1 where a side has none.
double mann_whitney(std::span<const double> a, std::span<const double> b);

// The same of pairs, by the ranks of their differences' sizes (F. Wilcoxon, 1945): exact for up to
// 25 pairs; pairs without a difference tell nothing.
double signed_rank(std::span<const double> differences);

// The smallest that each of both can give: what even a perfect separation of so many is worth.
double least_mann_whitney(std::size_t a, std::size_t b);
double least_signed_rank(std::size_t pairs);

// The median of all differences b - a (J. L. Hodges, E. L. Lehmann, 1963).
double shift(std::span<const double> a, std::span<const double> b);

// p values of a family of tests, made larger so that all of them together err as rarely as one (S.
// Holm, 1979). In the order given.
std::vector<double> holm(std::span<const double> p);

} // namespace ktstr::stats
