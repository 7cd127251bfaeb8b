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

// Values of two sides that can be compared with each other: those of one variant.
struct Sample {
    std::vector<double> a;
    std::vector<double> b;
    std::vector<double> pairs; // differences b - a of those that ran in turn, if they did
};

// A two-sided test, and what the most extreme outcome of so many values would have given.
struct Tested {
    double p = 1;
    double least_p = 1;
};

// Whether A and B differ, by the ranks of their values within each sample (F. Wilcoxon, 1945; H. B.
// Mann, D. R. Whitney, 1947; P. van Elteren, 1960, with equal weights): under every way to choose
// which values are A's, ties and all, for up to 40 values, else by the normal distribution. Samples
// without a value on a side tell nothing.
Tested rank_sum(std::span<const Sample> samples);

// The same of pairs, by the ranks of their differences' sizes: exact for up to 25 pairs; pairs
// without a difference tell nothing.
Tested signed_rank(std::span<const double> differences);

// The median of all differences b - a (J. L. Hodges, E. L. Lehmann, 1963), of at most 500 values of
// each side in order, evenly apart.
double shift(const Sample& sample);

// The median of the means of all pairs of differences, each with itself too (the same authors), of
// at most 500 of them.
double shift_of_pairs(std::span<const double> differences);

// The least p that so many pairs can have.
double least_p_of_pairs(std::size_t pairs);

// Below which so much of the standard normal distribution lies above.
double normal_quantile(double above);

// Of a family of tests those that can tell anything when all of them together shall err no more
// often than `alpha`: of the others not even the most extreme outcome could pass (R. E. Tarone,
// 1990).
std::vector<bool> can_tell(std::span<const double> least_p, double alpha);

// p values of a family of tests, made larger so that all of them together err as rarely as one (S.
// Holm, 1979). In the order given.
std::vector<double> holm(std::span<const double> p);

} // namespace ktstr::stats
