#include "cargo-ktstr/stats/compare.hpp"

#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/ranks.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace ktstr::stats {

namespace {

using sidecar::Verdict;

// A variant, whatever its kernel: binary, test, preset, profile.
using Key = std::tuple<std::string, std::string, std::string, std::string>;

struct Variant {
    Counts counts{};
    std::vector<const Attempt*> passed;
};

using Variants = std::map<Key, Variant>;

bool is_of_kernel(const Attempt& attempt, const Words& words, const std::string& kernel) {
    return attempt.host_only || words[attempt.kernel].starts_with(kernel);
}

Variants variants_of(const Runs& runs, const std::string& kernel) {
    const auto& words = runs.words;
    Variants out;
    for (const auto& attempt : runs.attempts) {
        if (!is_of_kernel(attempt, words, kernel)) {
            continue;
        }
        auto& variant = out[{words[attempt.binary_id],
                             words[attempt.test],
                             words[attempt.preset],
                             words[attempt.profile]}];
        ++variant.counts.at(place_of(attempt.verdict));
        if (attempt.passed()) {
            variant.passed.push_back(&attempt);
        }
    }
    return out;
}

std::string name_of(const Key& key) {
    const auto& [binary, test, preset, profile] = key;
    return preset.empty() ? binary + " " + test
                          : binary + " gauntlet/" + test + "/" + preset + "/" + profile;
}

std::size_t count(const Counts& counts, Verdict verdict) {
    return counts.at(place_of(verdict));
}

bool only(const Counts& counts, Verdict verdict) {
    return count(counts, verdict) == counts[0] + counts[1] + counts[2] + counts[3];
}

std::optional<VerdictChange> change_of(const Counts& a, const Counts& b) {
    const auto more = [&](Verdict verdict) {
        return count(a, verdict) == 0 && count(b, verdict) > 0;
    };
    if (more(Verdict::fail)) {
        return VerdictChange::newly_failing;
    }
    if (more(Verdict::skip)) {
        return VerdictChange::newly_skipped;
    }
    if (more(Verdict::inconclusive)) {
        return VerdictChange::newly_inconclusive;
    }
    const bool was_bad = count(a, Verdict::fail) > 0 || count(a, Verdict::inconclusive) > 0;
    return was_bad && only(b, Verdict::pass) ? std::optional(VerdictChange::mended) : std::nullopt;
}

void compare_verdicts(const Variants& a,
                      const Variants& b,
                      const CompareOptions& options,
                      Comparison& out) {
    for (const auto& [key, before] : a) {
        const auto after = b.find(key);
        if (after == b.end() && options.planned_b.contains(name_of(key))) {
            ++out.not_run_in_b;
            continue;
        }
        if (after == b.end()) {
            out.tests.push_back({.test = printable(name_of(key)),
                                 .change = VerdictChange::vanished,
                                 .a = before.counts,
                                 .b = {}});
            continue;
        }
        ++out.tests_in_both;
        if (const auto change = change_of(before.counts, after->second.counts)) {
            out.tests.push_back({.test = printable(name_of(key)),
                                 .change = *change,
                                 .a = before.counts,
                                 .b = after->second.counts});
        }
    }
    for (const auto& [key, after] : b) {
        if (!a.contains(key) && options.planned_a.contains(name_of(key))) {
            ++out.not_run_in_a;
        } else if (!a.contains(key)) {
            out.tests.push_back({.test = printable(name_of(key)),
                                 .change = VerdictChange::added,
                                 .a = {},
                                 .b = after.counts});
        }
    }
    std::ranges::stable_sort(out.tests, {}, &ChangedTest::change);
}

// Of one variant, what both sides measured.
struct BothSides {
    std::vector<double> a;
    std::vector<double> b;
};

std::vector<double> values_of(const std::vector<const Attempt*>& attempts, std::size_t metric) {
    std::vector<double> out;
    for (const auto* const attempt : attempts) {
        if (const auto value = attempt->values.get(metric)) {
            out.push_back(*value);
        }
    }
    return out;
}

// A metric of a test before the correction, with what that needs.
struct Tested {
    ComparedMetric compared;
    double p = 1;
    double least_p = 1;   // that so many values could have given
    double deviation = 0; // of a value as a part of its variant's median
};

// Between the middles of so many values, `z` deviations of such a difference.
double detectable_change(double z, double deviation, std::size_t a, std::size_t b) {
    return z * deviation * std::sqrt(1 / static_cast<double>(a) + 1 / static_cast<double>(b));
}

// Of the standard normal distribution, where so much lies beyond on one side: by halving, for it is
// wanted once a metric.
double normal_quantile(double beyond) {
    double low = 0;
    double high = 40;
    while (high - low > 1e-6) {
        const auto middle = (low + high) / 2;
        (std::erfc(middle / std::sqrt(2.0)) / 2 > beyond ? low : high) = middle;
    }
    return low;
}

Tested test_metric(const std::vector<BothSides>& variants, std::size_t metric) {
    Tested tested{
        .compared = {.metric = metric, .variants = variants.size()}
    };
    std::vector<double> all_a;
    std::vector<double> all_b;
    std::vector<double> parts_a; // of their variant's median
    std::vector<double> parts_b;
    std::vector<double> differences;
    std::vector<double> residuals;
    bool in_pairs = variants.size() > 1;
    for (const auto& [a, b] : variants) {
        all_a.insert(all_a.end(), a.begin(), a.end());
        all_b.insert(all_b.end(), b.begin(), b.end());
        std::vector<double> both = a;
        both.insert(both.end(), b.begin(), b.end());
        const auto middle = median(std::move(both));
        const auto scale = middle == 0 ? 1 : std::abs(middle);
        in_pairs = in_pairs && a.size() == 1 && b.size() == 1;
        for (const auto* const side : {&a, &b}) {
            const auto own = median(*side);
            for (const auto value : *side) {
                (side == &a ? parts_a : parts_b).push_back(value / scale);
                residuals.push_back((value - own) / scale);
            }
        }
        differences.push_back((b.front() - a.front()) / scale);
    }
    auto& out = tested.compared;
    out.n_a = all_a.size();
    out.n_b = all_b.size();
    out.median_a = median(std::move(all_a));
    out.median_b = median(std::move(all_b));
    if (in_pairs) {
        tested.p = signed_rank(differences);
        tested.least_p = least_signed_rank(differences.size());
        out.change = median(differences);
        tested.deviation = deviation(differences, out.change) / std::sqrt(2.0);
    } else {
        tested.p = mann_whitney(parts_a, parts_b);
        tested.least_p = least_mann_whitney(parts_a.size(), parts_b.size());
        out.change = shift(parts_a, parts_b);
        tested.deviation = deviation(residuals, 0);
    }
    return tested;
}

std::vector<Tested> test_metrics(const Variants& a, const Variants& b) {
    std::map<std::pair<std::string, std::size_t>, std::vector<BothSides>> samples;
    for (const auto& [key, before] : a) {
        const auto after = b.find(key);
        if (after == b.end()) {
            continue;
        }
        for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
            BothSides both{.a = values_of(before.passed, metric),
                           .b = values_of(after->second.passed, metric)};
            if (!both.a.empty() && !both.b.empty()) {
                samples[{std::get<0>(key) + " " + std::get<1>(key), metric}].push_back(
                    std::move(both));
            }
        }
    }
    std::vector<Tested> out;
    for (const auto& [of, variants] : samples) {
        out.push_back(test_metric(variants, of.second));
        out.back().compared.test = printable(of.first);
    }
    return out;
}

MetricOutcome outcome_of(const Tested& tested, double alpha) {
    const auto& one = tested.compared;
    const auto& metric = metrics[one.metric];
    const auto middle = (std::abs(one.median_a) + std::abs(one.median_b)) / 2;
    if (one.p <= alpha && matters(metric, one.change * middle, middle)) {
        const bool more = one.change > 0;
        return more == (metric.better == Better::more) ? MetricOutcome::improved
                                                       : MetricOutcome::regressed;
    }
    // A difference that matters would have been seen.
    const auto wanted =
        middle > 0 ? std::max(metric.relative, metric.absolute / middle) : metric.absolute;
    return one.detectable <= wanted ? MetricOutcome::no_change : MetricOutcome::not_enough;
}

void compare_metrics(const Variants& a, const Variants& b, double alpha, Comparison& out) {
    auto all = test_metrics(a, b);
    std::vector<Tested*> able; // to tell anything
    for (auto& tested : all) {
        if (tested.least_p <= alpha) {
            able.push_back(&tested);
        }
    }
    std::vector<double> p;
    std::ranges::transform(able, std::back_inserter(p), &Tested::p);
    const auto corrected = holm(p);
    constexpr double power = 0.2; // missed once in five times
    const auto z =
        normal_quantile(alpha / 2 / static_cast<double>(std::max<std::size_t>(able.size(), 1))) +
        normal_quantile(power);
    for (std::size_t i = 0; i < able.size(); ++i) {
        auto& one = able[i]->compared;
        one.p = corrected[i];
        one.detectable = detectable_change(z, able[i]->deviation, one.n_a, one.n_b);
        one.outcome = outcome_of(*able[i], alpha);
    }
    for (auto& tested : all) {
        out.metrics.push_back(std::move(tested.compared));
    }
    std::ranges::stable_sort(out.metrics, {}, &ComparedMetric::outcome);
}

std::set<std::string> machines_of(const Runs& runs, const std::string& kernel) {
    std::set<std::string> out;
    for (const auto& attempt : runs.attempts) {
        if (!attempt.host_only && is_of_kernel(attempt, runs.words, kernel)) {
            out.insert(runs.words[attempt.machine] + " on " + runs.words[attempt.host_cpu]);
        }
    }
    return out;
}

} // namespace

Comparison compare(const Runs& a, const Runs& b, const CompareOptions& options) {
    Comparison out{.kernel_a = options.kernel_a, .kernel_b = options.kernel_b};
    const auto before = variants_of(a, options.kernel_a);
    const auto after = variants_of(b, options.kernel_b);
    const auto machines_a = machines_of(a, options.kernel_a);
    const auto machines_b = machines_of(b, options.kernel_b);
    if (machines_a != machines_b) {
        const auto all = [](const std::set<std::string>& machines) {
            return join(std::vector<std::string>(machines.begin(), machines.end()), ", ");
        };
        out.differences.push_back("A: " + all(machines_a));
        out.differences.push_back("B: " + all(machines_b));
    }
    compare_verdicts(before, after, options, out);
    compare_metrics(before, after, options.alpha, out);
    return out;
}

bool is_regression(VerdictChange change) {
    return change == VerdictChange::newly_failing || change == VerdictChange::newly_skipped ||
           change == VerdictChange::vanished;
}

int exit_code_of(const Comparison& comparison) {
    const bool worse = std::ranges::any_of(comparison.tests, is_regression, &ChangedTest::change) ||
                       std::ranges::any_of(comparison.metrics, [](const ComparedMetric& one) {
                           return one.outcome == MetricOutcome::regressed;
                       });
    if (worse) {
        return static_cast<int>(ExitCode::failed);
    }
    const bool could_tell = comparison.metrics.empty() ||
                            std::ranges::any_of(comparison.metrics, [](const ComparedMetric& one) {
                                return one.outcome != MetricOutcome::not_enough;
                            });
    return static_cast<int>(could_tell && comparison.tests_in_both > 0 ? ExitCode::ok
                                                                       : ExitCode::usage);
}

} // namespace ktstr::stats
