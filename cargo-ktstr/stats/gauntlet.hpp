// The gauntlet analysis: which variants of a test stand out, and how tests, topologies, kernels and
// kinds of work did. Values of attempts that did not pass are in none of it: what a run that went
// wrong measured tells nothing of the others.
#pragma once

#include "cargo-ktstr/stats/attempt.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ktstr::stats {

// A value that is far from those of the test's other variants, either way.
struct Outlier {
    const Attempt* attempt = nullptr;
    std::size_t metric = 0; // in `metrics`
    double value = 0;
    double median = 0; // of the test's variants
    double score = 0;  // distance from it in robust deviations; negative: below
};

// A row of a table by test, by topology, ...
struct Group {
    std::string name;
    bool deterministic = false; // guest time and the host's are never in one median
    Counts verdicts{};
    std::array<std::optional<double>, metrics.size()> medians;

    std::size_t all() const { return verdicts[0] + verdicts[1] + verdicts[2] + verdicts[3]; }
};

struct Gauntlet {
    std::vector<Outlier> outliers;  // the farthest first
    std::size_t tests_compared = 0; // that have enough variants for that
    std::vector<Group> by_test;     // each by what failed most, then by name
    std::vector<Group> by_topology;
    std::vector<Group> by_kernel;
    std::vector<Group> by_work;
};

// Fewer variants of a test have no median worth the name.
inline constexpr std::size_t least_variants = 5;
// B. Iglewicz, D. C. Hoaglin, "How to Detect and Handle Outliers", 1993.
inline constexpr double least_score = 3.5;

// The last attempt of each test of each run counts. A value stands out when its score is 3.5 or
// more and the distance matters (Metric::absolute, Metric::relative).
Gauntlet analyse(std::span<const Attempt> attempts, const Words& words);

// The last attempt of each test in each run and repetition, and with each seed, in the order of the
// first.
std::vector<const Attempt*> last_attempts(std::span<const Attempt> attempts);

// Whether a difference from a median is one that matters.
bool matters(const Metric& metric, double difference, double median);

} // namespace ktstr::stats
