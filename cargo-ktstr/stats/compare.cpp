#include "cargo-ktstr/stats/compare.hpp"

#include "cargo-ktstr/stats/compare_exact.hpp"
#include "cargo-ktstr/stats/compare_verdicts.hpp"
#include "cargo-ktstr/stats/in_turn.hpp"
#include "cargo-ktstr/stats/ranks.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <map>

namespace ktstr::stats {

namespace {

Names kernels_of(const Runs& runs, const std::string& kernel) {
    Names out;
    for (const auto& attempt : runs.attempts) {
        if (!attempt.host_only && is_of_kernel(attempt, runs.words, kernel)) {
            out.insert(runs.words[attempt.kernel]);
        }
    }
    out.erase(""); // no kernel was found
    return out;
}

std::vector<double> values_of(const std::vector<const Attempt*>& attempts, std::size_t metric) {
    std::vector<double> out;
    for (const auto* const attempt : attempts) {
        if (const auto value = attempt->values.get(metric)) {
            out.push_back(*value);
        }
    }
    return out;
}

// B less A of the pairs of which both passed and have a value.
std::vector<double> differences_of(const std::vector<AttemptPair>& pairs, std::size_t metric) {
    std::vector<double> out;
    for (const auto& [a, b] : pairs) {
        const auto before = a->passed() ? a->values.get(metric) : std::nullopt;
        const auto after = b->passed() ? b->values.get(metric) : std::nullopt;
        if (before && after) {
            out.push_back(*after - *before);
        }
    }
    return out;
}

std::vector<MetricSamples> samples_of(const Variants& a, const Variants& b) {
    std::map<std::pair<std::string, std::size_t>, MetricSamples> all;
    for (const auto& [key, before] : a) {
        const auto after = b.find(key);
        if (key.deterministic || after == b.end()) { // they are compared exactly
            continue;
        }
        const auto pairs = in_turn(before.last, after->second.last);
        for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
            Sample both{.a = values_of(before.passed, metric),
                        .b = values_of(after->second.passed, metric),
                        .pairs = differences_of(pairs, metric)};
            if (both.a.empty() && both.b.empty()) {
                continue;
            }
            const auto test = printable(key.binary + " " + key.test);
            auto& of = all[{test, metric}];
            of.test = test;
            of.metric = metric;
            if (both.a.empty() || both.b.empty()) {
                of.only_a += both.a.size();
                of.only_b += both.b.size();
            } else {
                of.samples.push_back(std::move(both));
            }
        }
    }
    std::vector<MetricSamples> out;
    for (auto& [of, samples] : all) {
        out.push_back(std::move(samples));
    }
    return out;
}

// Of the attempts whose values are compared by rank; what older files do not tell is not there.
Names machines_of(const Variants& variants, const Words& words, Word Attempt::* what) {
    Names out;
    for (const auto& [key, variant] : variants) {
        for (const auto* const attempt : variant.passed) {
            if (!attempt->host_only && !attempt->deterministic) {
                out.insert(printable(words[attempt->*what]));
            }
        }
    }
    out.erase("");
    return out;
}

void compare_hosts(
    const Variants& a, const Words& of_a, const Variants& b, const Words& of_b, Comparison& out) {
    const auto text = [](const Names& names) {
        return join(std::vector<std::string>(names.begin(), names.end()), ", ");
    };
    for (const auto& [name, what] :
         {std::pair("processor", &Attempt::host_cpu), std::pair("machine", &Attempt::machine)}) {
        const auto before = machines_of(a, of_a, what);
        const auto after = machines_of(b, of_b, what);
        if (!before.empty() && !after.empty() && before != after) {
            out.differences.push_back(std::string(name) + " of A: " + text(before) +
                                      "; of B: " + text(after));
        }
    }
}

} // namespace

Comparison compare(const Runs& a, const Runs& b, const CompareOptions& options) {
    Comparison out;
    const auto kernels_a = kernels_of(a, options.kernel_a);
    const auto kernels_b = kernels_of(b, options.kernel_b);
    const bool by_kernel = kernels_a.size() > 1 || kernels_b.size() > 1;
    if (!by_kernel && !kernels_a.empty() && !kernels_b.empty()) {
        out.kernel_a = printable(*kernels_a.begin());
        out.kernel_b = printable(*kernels_b.begin());
    }
    const auto before = variants_of(a, options.kernel_a, by_kernel);
    const auto after = variants_of(b, options.kernel_b, by_kernel);
    const VariantNames names(before, after);
    compare_verdicts(before, after, names, options, out);
    compare_exact({.variants = before, .words = a.words},
                  {.variants = after, .words = b.words},
                  names,
                  out.exact);
    compare_hosts(before, a.words, after, b.words, out);
    if (out.differences.empty() || options.across_hosts) {
        out.metrics = compare_metrics(samples_of(before, after), options.alpha);
        std::ranges::stable_sort(out.metrics, {}, &ComparedMetric::outcome);
    }
    return out;
}

bool has_kernel(const Runs& runs, const std::string& kernel) {
    return !kernels_of(runs, kernel).empty();
}

bool is_regression(VerdictChange change) {
    return change == VerdictChange::newly_failing || change == VerdictChange::newly_skipped ||
           change == VerdictChange::vanished;
}

int exit_code_of(const Comparison& comparison, bool identical) {
    const auto& exact = comparison.exact;
    const bool not_the_same = exact.count(ExactOutcome::differs) > 0 ||
                              exact.count(ExactOutcome::not_deterministic) > 0 ||
                              exact.count(ExactOutcome::unread) > 0;
    const bool worse = std::ranges::any_of(comparison.tests, is_regression, &ChangedTest::change) ||
                       std::ranges::any_of(comparison.metrics,
                                           [](const ComparedMetric& one) {
                                               return one.outcome == MetricOutcome::regressed;
                                           }) ||
                       std::ranges::any_of(exact.tests, &ExactTest::regressed);
    if (worse || (identical && not_the_same)) {
        return static_cast<int>(ExitCode::failed);
    }
    const bool refused = !comparison.differences.empty() && comparison.metrics.empty();
    const bool verdicts_alone = comparison.metrics.empty() && !refused && exact.untold == 0;
    const bool by_rank = std::ranges::any_of(comparison.metrics, [](const ComparedMetric& one) {
        return one.outcome != MetricOutcome::not_enough;
    });
    // What was to be exact and is not tells of nothing.
    const bool decided = exact.tests.size() == exact.count(ExactOutcome::differs);
    const bool could_tell =
        decided && (exact.compared() > 0 || ((by_rank || verdicts_alone) && !identical));
    return static_cast<int>(could_tell && comparison.judged_in_both > 0 ? ExitCode::ok
                                                                        : ExitCode::usage);
}

} // namespace ktstr::stats
