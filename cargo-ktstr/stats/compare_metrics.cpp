// The metrics of two sets of runs.
#include "cargo-ktstr/stats/compare.hpp"
#include "cargo-ktstr/stats/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ktstr::stats {

namespace {

constexpr double missed = 0.2; // of changes that are as large as is detectable
// How much wider a median lies than a mean, of values that are normal.
const double wider = std::sqrt(std::numbers::pi / 2);

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// How values scatter in their samples, all samples together.
struct Scatter {
    double squares = 0;
    std::size_t degrees = 0; // of freedom

    void add(const std::vector<double>& values, double scale) {
        if (values.empty()) {
            return;
        }
        const auto middle = mean(values);
        for (const auto value : values) {
            squares += (value - middle) * (value - middle) / (scale * scale);
        }
        degrees += values.size() - 1;
    }

    // With fewer it is a guess.
    std::optional<double> deviation() const {
        constexpr std::size_t least_degrees = 4;
        return degrees < least_degrees
                   ? std::nullopt
                   : std::optional(std::sqrt(squares / static_cast<double>(degrees)));
    }
};

// A metric before the correction, with what that needs.
struct Measured {
    ComparedMetric compared;
    Tested tested;
    std::optional<double> error; // standard, of `change`
};

// The standard error of the change over variants, each of which counts alike.
std::optional<double> error_of(const std::vector<Sample>& samples, double deviation) {
    double sum = 0;
    for (const auto& [a, b] : samples) {
        sum += 1 / static_cast<double>(a.size()) + 1 / static_cast<double>(b.size());
    }
    return wider * deviation * std::sqrt(sum) / static_cast<double>(samples.size());
}

Measured measure(const MetricSamples& of) {
    Measured out{
        .compared = {.test = of.test,
                     .metric = of.metric,
                     .variants = of.samples.size(),
                     .n_a = of.only_a,
                     .n_b = of.only_b}
    };
    auto& one = out.compared;
    if (of.samples.empty()) {
        return out;
    }
    std::vector<double> all_a;
    std::vector<double> all_b;
    std::vector<double> shifts;
    std::vector<double> changes;
    Scatter scatter;
    bool in_pairs = of.samples.size() > 1;
    for (const auto& sample : of.samples) {
        const auto& [a, b] = sample;
        all_a.insert(all_a.end(), a.begin(), a.end());
        all_b.insert(all_b.end(), b.begin(), b.end());
        const auto scale = (std::abs(median(a)) + std::abs(median(b))) / 2;
        in_pairs = in_pairs && a.size() == 1 && b.size() == 1;
        shifts.push_back(shift(sample));
        if (scale > 0) {
            changes.push_back(shifts.back() / scale);
            scatter.add(a, scale);
            scatter.add(b, scale);
        }
    }
    one.n_a += all_a.size();
    one.n_b += all_b.size();
    one.median_a = median(std::move(all_a));
    one.median_b = median(std::move(all_b));
    one.difference = median(shifts);
    if (changes.size() == shifts.size()) { // else some are parts of nothing
        one.change = median(changes);
    }
    if (in_pairs) {
        out.tested = signed_rank(shifts);
        Scatter of_pairs;
        of_pairs.add(changes, 1);
        if (const auto deviation = of_pairs.deviation(); one.change && deviation) {
            out.error = wider * *deviation / std::sqrt(static_cast<double>(changes.size()));
        }
    } else {
        out.tested = rank_sum(of.samples);
        if (const auto deviation = scatter.deviation(); one.change && deviation) {
            out.error = error_of(of.samples, *deviation);
        }
    }
    return out;
}

// Both bounds hold of what differs.
bool matters(const Metric& metric, const ComparedMetric& one) {
    return std::abs(one.difference) >= metric.absolute &&
           (!one.change || std::abs(*one.change) >= metric.relative);
}

MetricOutcome outcome_of(const Measured& measured, double alpha) {
    const auto& one = measured.compared;
    const auto& metric = metrics[one.metric];
    const bool found = one.p <= alpha;
    if (found && matters(metric, one)) {
        const bool more = one.difference > 0;
        return more == (metric.better == Better::more) ? MetricOutcome::improved
                                                       : MetricOutcome::regressed;
    }
    const auto middle = (std::abs(one.median_a) + std::abs(one.median_b)) / 2;
    if (!one.detectable || middle <= 0) {
        return MetricOutcome::not_enough;
    }
    // One that matters would have been seen; and what was seen is not nearly one.
    const auto wanted = std::max(metric.relative, metric.absolute / middle);
    const bool clear = !found || std::abs(one.change.value_or(0)) + 2 * *measured.error <= wanted;
    return *one.detectable <= wanted && clear ? MetricOutcome::no_change
                                              : MetricOutcome::not_enough;
}

} // namespace

std::vector<ComparedMetric> compare_metrics(const std::vector<MetricSamples>& all, double alpha) {
    std::vector<Measured> measured;
    std::vector<double> least_p;
    for (const auto& one : all) {
        measured.push_back(measure(one));
        least_p.push_back(measured.back().tested.least_p);
    }
    const auto able = can_tell(least_p, alpha);
    std::vector<std::size_t> family;
    std::vector<double> p;
    for (std::size_t i = 0; i < measured.size(); ++i) {
        if (able[i]) {
            family.push_back(i);
            p.push_back(measured[i].tested.p);
        }
    }
    const auto corrected = holm(p);
    const auto z =
        normal_quantile(alpha / 2 / static_cast<double>(std::max<std::size_t>(family.size(), 1))) +
        normal_quantile(missed);
    for (std::size_t i = 0; i < family.size(); ++i) {
        auto& one = measured[family[i]];
        one.compared.p = corrected[i];
        if (one.error) {
            one.compared.detectable = z * *one.error;
        }
        one.compared.outcome = outcome_of(one, alpha);
    }
    std::vector<ComparedMetric> out;
    for (auto& one : measured) {
        out.push_back(std::move(one.compared));
    }
    return out;
}

} // namespace ktstr::stats
