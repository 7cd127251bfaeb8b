#include "cargo-ktstr/stats/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ktstr::stats {

namespace {

constexpr std::size_t most_exact_values = 40;
constexpr std::size_t most_exact_pairs = 25;
constexpr std::size_t most_for_shift = 500;

// Both tails of the standard normal distribution beyond z.
double two_tails(double z) {
    return std::erfc(std::abs(z) / std::numbers::sqrt2);
}

// Twice the rank of each, so that those of ties, which have their mean, are integers too.
std::vector<std::size_t> doubled_ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    std::vector<std::size_t> out(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        auto end = begin;
        while (end < order.size() && values[order[end]] == values[order[begin]]) {
            ++end;
        }
        for (auto i = begin; i < end; ++i) {
            out[order[i]] = begin + 1 + end;
        }
        begin = end;
    }
    return out;
}

// How likely each sum is, from 0.
using Likely = std::vector<double>;

// Of `chosen` of the ranks, all choices alike: one rank after the other is among them or not.
Likely sums_of_chosen(const std::vector<std::size_t>& ranks, std::size_t chosen) {
    const auto most = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0}) + 1;
    std::vector<Likely> ways(chosen + 1, Likely(most, 0));
    ways[0][0] = 1;
    for (const auto rank : ranks) {
        for (auto k = chosen; k >= 1; --k) {
            for (auto sum = most - 1; sum >= rank; --sum) {
                ways[k][sum] += ways[k - 1][sum - rank];
            }
        }
    }
    auto& last = ways[chosen];
    const auto all = std::accumulate(last.begin(), last.end(), 0.0);
    for (auto& way : last) {
        way /= all;
    }
    return last;
}

// Of the sum of two that have nothing to do with each other.
Likely added(const Likely& a, const Likely& b) {
    Likely out(a.size() + b.size() - 1, 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; a[i] > 0 && j < b.size(); ++j) {
            out[i + j] += a[i] * b[j];
        }
    }
    return out;
}

// Both tails from `at` on, by the smaller one.
Tested two_sided(const Likely& likely, std::size_t at) {
    double below = 0;
    double above = 0;
    for (std::size_t i = 0; i < likely.size(); ++i) {
        below += i <= at ? likely[i] : 0;
        above += i >= at ? likely[i] : 0;
    }
    const auto first = std::ranges::find_if(likely, [](double one) { return one > 0; });
    const auto last =
        std::find_if(likely.rbegin(), likely.rend(), [](double one) { return one > 0; });
    return {.p = std::min(1.0, 2 * std::min(below, above)),
            .least_p = std::min(1.0, 2 * std::min(*first, *last))};
}

// C(n, k), or as much as a double holds.
double choices(std::size_t n, std::size_t k) {
    double out = 1;
    for (std::size_t i = 1; i <= std::min(k, n - k); ++i) {
        out *= static_cast<double>(n - std::min(k, n - k) + i) / static_cast<double>(i);
    }
    return out;
}

// One sample's part of the sum of A's ranks: what it is, and what it would be by chance.
struct Part {
    std::vector<std::size_t> ranks; // doubled; A's first
    std::size_t a = 0;              // values of A

    std::size_t sum() const {
        return std::accumulate(
            ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(a), std::size_t{0});
    }

    double mean() const {
        const auto all = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});
        return static_cast<double>(all) * static_cast<double>(a) /
               static_cast<double>(ranks.size());
    }

    // Of a sum of `a` ranks that are drawn without putting them back.
    double variance() const {
        const auto n = static_cast<double>(ranks.size());
        const auto m = static_cast<double>(a);
        const auto middle = mean() / m;
        double squares = 0;
        for (const auto rank : ranks) {
            squares += (static_cast<double>(rank) - middle) * (static_cast<double>(rank) - middle);
        }
        return m * (n - m) / (n * (n - 1)) * squares;
    }
};

Tested approximate(double distance, double variance, double least_p) {
    // A doubled sum moves in steps of two at most.
    const auto p = variance <= 0 ? 1 : two_tails(std::max(0.0, distance - 1) / std::sqrt(variance));
    return {.p = std::max(p, least_p), .least_p = least_p};
}

// At most so many of them, in order, evenly apart.
std::vector<double> thinned(std::vector<double> values) {
    std::ranges::sort(values);
    if (values.size() <= most_for_shift) {
        return values;
    }
    std::vector<double> out;
    for (std::size_t i = 0; i < most_for_shift; ++i) {
        out.push_back(values[(2 * i + 1) * values.size() / (2 * most_for_shift)]);
    }
    return out;
}

} // namespace

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) {
        return *middle;
    }
    return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double deviation(std::span<const double> values, double median_of_them) {
    std::vector<double> distances;
    for (const auto value : values) {
        distances.push_back(std::abs(value - median_of_them));
    }
    constexpr double as_normal = 1.4826;
    return distances.empty() ? 0 : as_normal * median(std::move(distances));
}

Tested rank_sum(std::span<const Sample> samples) {
    std::vector<Part> parts;
    std::size_t values = 0;
    for (const auto& [a, b, pairs] : samples) {
        if (a.empty() || b.empty()) {
            continue;
        }
        auto both = a;
        both.insert(both.end(), b.begin(), b.end());
        values += both.size();
        parts.push_back({.ranks = doubled_ranks(both), .a = a.size()});
    }
    if (values <= most_exact_values) {
        Likely likely{1};
        std::size_t sum = 0;
        for (const auto& part : parts) {
            likely = added(likely, sums_of_chosen(part.ranks, part.a));
            sum += part.sum();
        }
        return two_sided(likely, sum);
    }
    double distance = 0;
    double variance = 0;
    double least_p = 2;
    for (const auto& part : parts) {
        distance += static_cast<double>(part.sum()) - part.mean();
        variance += part.variance();
        least_p /= choices(part.ranks.size(), part.a);
    }
    return approximate(std::abs(distance), variance, std::min(1.0, least_p));
}

Tested signed_rank(std::span<const double> differences) {
    std::vector<double> sizes;
    std::vector<bool> positive;
    for (const auto difference : differences) {
        if (difference != 0) {
            sizes.push_back(std::abs(difference));
            positive.push_back(difference > 0);
        }
    }
    const auto ranks = doubled_ranks(sizes);
    std::size_t sum = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        sum += positive[i] ? ranks[i] : 0;
    }
    if (sizes.size() <= most_exact_pairs) {
        Likely likely{1}; // each rank is in the sum or not
        for (const auto rank : ranks) {
            Likely one(rank + 1, 0);
            one.front() = one.back() = 0.5;
            likely = added(likely, one);
        }
        return two_sided(likely, sum);
    }
    double mean = 0;
    double variance = 0;
    for (const auto rank : ranks) {
        mean += static_cast<double>(rank) / 2;
        variance += static_cast<double>(rank) * static_cast<double>(rank) / 4;
    }
    return approximate(
        std::abs(static_cast<double>(sum) - mean), variance, least_p_of_pairs(sizes.size()));
}

double shift(const Sample& sample) {
    const auto a = thinned(sample.a);
    const auto b = thinned(sample.b);
    std::vector<double> differences;
    differences.reserve(a.size() * b.size());
    for (const auto before : a) {
        for (const auto after : b) {
            differences.push_back(after - before);
        }
    }
    return differences.empty() ? 0 : median(std::move(differences));
}

double shift_of_pairs(std::span<const double> differences) {
    const auto some = thinned(std::vector(differences.begin(), differences.end()));
    std::vector<double> means;
    means.reserve(some.size() * (some.size() + 1) / 2);
    for (std::size_t i = 0; i < some.size(); ++i) {
        for (std::size_t j = i; j < some.size(); ++j) {
            means.push_back((some[i] + some[j]) / 2);
        }
    }
    return means.empty() ? 0 : median(std::move(means));
}

double least_p_of_pairs(std::size_t pairs) {
    constexpr std::size_t smallest = 1000; // a double's
    return std::min(1.0, std::ldexp(2.0, -static_cast<int>(std::min(pairs, smallest))));
}

double normal_quantile(double above) {
    double low = 0;
    double high = 40;
    while (high - low > 1e-6) {
        const auto middle = (low + high) / 2;
        (two_tails(middle) / 2 > above ? low : high) = middle;
    }
    return low;
}

std::vector<bool> can_tell(std::span<const double> least_p, double alpha) {
    std::vector<double> sorted(least_p.begin(), least_p.end());
    std::ranges::sort(sorted);
    std::size_t family = 1;
    const auto able = [&](std::size_t of) {
        return static_cast<std::size_t>(
            std::ranges::upper_bound(sorted, alpha / static_cast<double>(of)) - sorted.begin());
    };
    while (able(family) > family) {
        ++family;
    }
    std::vector<bool> out;
    for (const auto one : least_p) {
        out.push_back(one <= alpha / static_cast<double>(family));
    }
    return out;
}

std::vector<double> holm(std::span<const double> p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
    std::vector<double> out(p.size());
    double largest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        largest = std::max(largest, static_cast<double>(order.size() - i) * p[order[i]]);
        out[order[i]] = std::min(1.0, largest);
    }
    return out;
}

} // namespace ktstr::stats
