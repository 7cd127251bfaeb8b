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
    bool constant = false;       // all values of A and B are the same, each variant's by themselves
};

double absolute_median(const std::vector<double>& values) {
    return std::abs(median(values));
}

// What the parts of a variant's change are parts of.
double scale_by_ranks(const Sample& sample) {
    return (absolute_median(sample.a) + absolute_median(sample.b)) / 2;
}

// The same whichever of a pair's values is A's, as the test of pairs needs it.
double scale_by_pairs(const Sample& sample) {
    auto all = sample.a;
    all.insert(all.end(), sample.b.begin(), sample.b.end());
    return absolute_median(all);
}

bool is_single(const Sample& sample) {
    return sample.a.size() == 1 && sample.b.size() == 1;
}

std::vector<double> pairs_in(const Sample& sample) {
    return sample.pairs.empty() && is_single(sample)
               ? std::vector{sample.b.front() - sample.a.front()}
               : sample.pairs;
}

// How many pairs a metric is compared by; 0: by rank sums. Pairs of one each tell more than these
// in any case; others do if there are so many that they can come below `least_p`.
std::size_t pairs_for(const std::vector<Sample>& samples, double least_p) {
    std::size_t count = 0;
    for (const auto& sample : samples) {
        const auto pairs = pairs_in(sample).size();
        if (pairs == 0) {
            return 0;
        }
        count += pairs;
    }
    const bool single = samples.size() > 1 && std::ranges::all_of(samples, is_single);
    return single || least_p_of_pairs(count) <= least_p ? count : 0;
}

// What the variants of a metric tell, each of which counts alike.
struct Parts {
    std::vector<double> shifts;
    std::vector<double> changes; // as parts; fewer where some would be of nothing
    Tested tested;
    std::optional<double> error; // standard, of the change
};

std::optional<double> error_of(const Scatter& scatter, double sum_of_parts, std::size_t variants) {
    const auto deviation = scatter.deviation();
    return deviation ? std::optional(wider * *deviation * std::sqrt(sum_of_parts) /
                                     static_cast<double>(variants))
                     : std::nullopt;
}

Parts by_ranks(const std::vector<Sample>& samples) {
    Parts out;
    Scatter scatter;
    double parts = 0;
    for (const auto& sample : samples) {
        const auto scale = scale_by_ranks(sample);
        out.shifts.push_back(shift(sample));
        if (scale > 0) {
            out.changes.push_back(out.shifts.back() / scale);
            scatter.add(sample.a, scale);
            scatter.add(sample.b, scale);
        }
        parts +=
            1 / static_cast<double>(sample.a.size()) + 1 / static_cast<double>(sample.b.size());
    }
    out.tested = rank_sum(samples);
    out.error = error_of(scatter, parts, samples.size());
    return out;
}

Parts by_pairs(const std::vector<Sample>& samples) {
    Parts out;
    Scatter scatter;
    double parts = 0;
    std::vector<double> differences;
    std::vector<double> scaled;
    std::vector<double> of_singles;
    for (const auto& sample : samples) {
        const auto scale = scale_by_pairs(sample);
        const auto pairs = pairs_in(sample);
        out.shifts.push_back(shift_of_pairs(pairs));
        differences.insert(differences.end(), pairs.begin(), pairs.end());
        parts += 1 / static_cast<double>(pairs.size());
        if (scale <= 0) {
            continue;
        }
        out.changes.push_back(out.shifts.back() / scale);
        for (const auto pair : pairs) {
            scaled.push_back(pair / scale);
        }
        if (pairs.size() == 1) { // it scatters among the others
            of_singles.push_back(pairs.front() / scale);
        } else {
            scatter.add(pairs, scale);
        }
    }
    scatter.add(of_singles, 1);
    out.tested = signed_rank(scaled.size() == differences.size() ? scaled : differences);
    out.error = error_of(scatter, parts, samples.size());
    return out;
}

Measured measure(const MetricSamples& of, double least_p) {
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
    for (const auto& [a, b, pairs] : of.samples) {
        all_a.insert(all_a.end(), a.begin(), a.end());
        all_b.insert(all_b.end(), b.begin(), b.end());
    }
    out.constant = std::ranges::all_of(of.samples, [](const Sample& sample) {
        const auto is_first = [&](double value) { return value == sample.a.front(); };
        return std::ranges::all_of(sample.a, is_first) && std::ranges::all_of(sample.b, is_first);
    });
    one.n_a += all_a.size();
    one.n_b += all_b.size();
    one.median_a = median(std::move(all_a));
    one.median_b = median(std::move(all_b));
    one.pairs = pairs_for(of.samples, least_p);
    auto parts = one.pairs > 0 ? by_pairs(of.samples) : by_ranks(of.samples);
    one.difference = median(parts.shifts);
    out.tested = parts.tested;
    if (parts.changes.size() == parts.shifts.size()) { // else some are parts of nothing
        one.change = median(std::move(parts.changes));
        out.error = parts.error;
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
        measured.push_back(measure(one, alpha / static_cast<double>(all.size())));
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
        // No test tells anything of these; so many would have been told apart if they differed.
        if (one.constant &&
            least_p_of_pairs(std::min(one.compared.n_a, one.compared.n_b)) <= alpha) {
            one.compared.outcome = MetricOutcome::no_change;
        }
        out.push_back(std::move(one.compared));
    }
    return out;
}

// Of the middle m and the change c * m: B is m * (1 + c/2), A is m * (1 - c/2).
std::optional<double> part_of_a(const ComparedMetric& one) {
    return one.change && *one.change < 2 ? std::optional(2 * *one.change / (2 - *one.change))
                                         : std::nullopt;
}

} // namespace ktstr::stats
