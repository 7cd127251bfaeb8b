// Two sets of runs, A before and B after: what fails, is skipped or has vanished in B, and which
// metrics differ by more than chance and by more than what matters.
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ktstr::stats {

struct CompareOptions {
    double alpha = 0.01; // how often all metrics together may err, when nothing differs
    // What there was to run for each side ("binary test"); a test that is not in it has vanished.
    // Empty: what ran.
    std::set<std::string, std::less<>> planned_a;
    std::set<std::string, std::less<>> planned_b;
    std::string kernel_a; // the front of a kernel's key: its attempts alone; empty: all
    std::string kernel_b;
    bool across_hosts = false; // other processors or machines are no reason not to compare
};

enum class VerdictChange {
    newly_failing,
    newly_skipped,
    vanished,
    newly_inconclusive,
    mended,
    added
};

struct ChangedTest {
    std::string test; // "binary gauntlet/test/preset/profile", without the kernel
    VerdictChange change = VerdictChange::vanished;
    Counts a{}; // its attempts
    Counts b{};
};

enum class MetricOutcome { regressed, improved, no_change, not_enough };

// A metric of a test, over all of its variants that both sides have.
struct ComparedMetric {
    std::string test; // "binary test"
    std::size_t metric = 0;
    MetricOutcome outcome = MetricOutcome::not_enough;
    std::size_t variants = 0;
    std::size_t n_a = 0; // values
    std::size_t n_b = 0;
    double median_a = 0;
    double median_b = 0;
    double change = 0;     // as a part of the median of both
    double p = 1;          // corrected for the number of metrics
    double detectable = 0; // the least change that would have been seen four times out of five
};

struct Comparison {
    std::vector<ChangedTest> tests;      // what is worse first, then by name
    std::vector<ComparedMetric> metrics; // the same
    std::size_t tests_in_both = 0;
    // Of the other side's tests: they are there, and were not run.
    std::size_t not_run_in_a = 0;
    std::size_t not_run_in_b = 0;
    std::vector<std::string> differences; // of the hosts and machines
    std::string kernel_a;                 // as asked for
    std::string kernel_b;
};

// A metric is compared by ranks: values of a variant as parts of its median, by Mann-Whitney, or,
// where each variant has one value on each side, the pairs' differences by signed rank; corrected
// by Holm over all that have enough values to tell anything. Values of attempts that did not pass
// are in none of it.
Comparison compare(const Runs& a, const Runs& b, const CompareOptions& options);

bool is_regression(VerdictChange change);

// What `stats compare` exits with: 1 for a regression, 2 when there was nothing that could have
// told of one, 0.
int exit_code_of(const Comparison& comparison);

} // namespace ktstr::stats
