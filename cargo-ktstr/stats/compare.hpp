// Two sets of runs, A before and B after: what fails, is skipped or has vanished in B, and which
// metrics differ by more than chance and by more than what matters.
#pragma once

#include "cargo-ktstr/stats/exact.hpp"
#include "cargo-ktstr/stats/ranks.hpp"
#include "cargo-ktstr/stats/runs.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ktstr::stats {

using Names = std::set<std::string, std::less<>>;

struct CompareOptions {
    double alpha = 0.01; // how often all metrics together may err, when nothing differs
    // Tests that were there and were left out on purpose (left_out.hpp): they have not vanished.
    Names left_out_a;
    Names left_out_b;
    std::string kernel_a; // the front of a kernel's key: its attempts alone; empty: all
    std::string kernel_b;
    bool across_hosts = false; // metrics are compared although processors or machines differ
};

enum class VerdictChange {
    newly_failing,
    newly_skipped,
    vanished,
    newly_inconclusive,
    mended,
    added
};

// Of a variant: what the last attempts of all runs and repetitions came to.
struct ChangedTest {
    std::string test; // "binary gauntlet/test/preset/profile"
    VerdictChange change = VerdictChange::vanished;
    Counts a{};
    Counts b{};
};

enum class MetricOutcome { regressed, improved, no_change, not_enough };

// A metric of a test, over all of its variants that both sides have.
struct ComparedMetric {
    std::string test; // "binary test"
    std::size_t metric = 0;
    MetricOutcome outcome = MetricOutcome::not_enough;
    std::size_t variants = 0; // that both sides measured
    std::size_t n_a = 0;      // values
    std::size_t n_b = 0;
    std::size_t pairs = 0; // that were compared as such; 0: by rank sums
    double median_a = 0;
    double median_b = 0;
    double difference = 0;        // B less A, in the unit: the median over the variants
    std::optional<double> change; // the same as a part of the middle between a variant's two
                                  // medians, and so as large from B to A; absent where that is 0
    double p = 1;                 // corrected for the number of metrics
    std::optional<double>
        detectable; // the least change that would have been seen four times of five
};

// For people: what B has more, as a part of what A has. Absent where there is no change to tell, or
// A has nothing.
std::optional<double> part_of_a(const ComparedMetric& one);

struct Comparison {
    std::vector<ChangedTest> tests;      // what is worse first, then by name
    std::vector<ComparedMetric> metrics; // the same
    ExactComparison exact;               // of deterministic attempts
    std::size_t tests_in_both = 0;
    std::size_t judged_in_both = 0; // of these, with a pass or a failure on both sides
    // Of the other side's tests: they are there, and were left out.
    std::size_t left_out_in_a = 0;
    std::size_t left_out_in_b = 0;
    // Where each side has one kernel, which.
    std::string kernel_a;
    std::string kernel_b;
    std::vector<std::string>
        differences; // of processors and machines; metrics are not compared then
};

// Variants are matched with their kernel, unless each side has but one, which may be another. A
// metric is compared by the ranks of its values within each variant, or, where each variant has one
// value on each side or its attempts ran in turn (in_turn.hpp), by the pairs' differences
// (ranks.hpp); p values are corrected by Holm over
// those that have enough values to tell anything. Values of attempts that did not pass are in none
// of it. Deterministic attempts are matched by their seed too, and compared exactly
// (compare_exact.hpp).
Comparison compare(const Runs& a, const Runs& b, const CompareOptions& options);

// Of a test and metric: each variant's values of A and B.
struct MetricSamples {
    std::string test;
    std::size_t metric = 0;
    std::vector<Sample> samples; // of variants that both measured
    std::size_t only_a = 0;      // values of others
    std::size_t only_b = 0;
};

// In the order given.
std::vector<ComparedMetric> compare_metrics(const std::vector<MetricSamples>& all, double alpha);

// Whether a guest of the runs had that kernel.
bool has_kernel(const Runs& runs, const std::string& kernel);

bool is_regression(VerdictChange change);

// What `stats compare` exits with: 1 for a regression, 2 when there was nothing that could have
// told of one or a deterministic test was none, 0. With `identical` a deterministic test that
// behaves differently is a regression too, and there must be one.
int exit_code_of(const Comparison& comparison, bool identical = false);

} // namespace ktstr::stats
