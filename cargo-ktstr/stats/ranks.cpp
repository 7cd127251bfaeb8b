#include "cargo-ktstr/stats/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace ktstr::stats {

namespace {

constexpr std::size_t most_exact_side = 20;
constexpr std::size_t most_exact_pairs = 25;

// Both tails of the standard normal distribution beyond z.
double two_tails(double z) {
    return std::erfc(std::abs(z) / std::numbers::sqrt2);
}

struct Ranks {
    std::vector<double> of; // in the order of the values; ties have their mean
    double tied = 0;        // sum of t^3 - t over groups of t equal values
};

Ranks ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    Ranks out{.of = std::vector<double>(values.size())};
    for (std::size_t begin = 0; begin < order.size();) {
        auto end = begin;
        while (end < order.size() && values[order[end]] == values[order[begin]]) {
            ++end;
        }
        const auto mean = static_cast<double>(begin + 1 + end) / 2;
        for (auto i = begin; i < end; ++i) {
            out.of[order[i]] = mean;
        }
        const auto count = static_cast<double>(end - begin);
        out.tied += count * count * count - count;
        begin = end;
    }
    return out;
}

// How likely each sum of so many of the ranks 1..n is, from 0: by the recurrence over the largest
// rank, which is among them or not.
std::vector<double> rank_sums(std::size_t chosen, std::size_t n) {
    const auto most = chosen * n + 1;
    std::vector<std::vector<double>> ways(chosen + 1, std::vector<double>(most, 0));
    ways[0][0] = 1;
    for (std::size_t rank = 1; rank <= n; ++rank) {
        for (auto k = std::min(chosen, rank); k >= 1; --k) {
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

// Of a distribution over 0, 1, ...: both tails from `at` on, by the smaller one.
double two_sided(const std::vector<double>& likely, double at) {
    double below = 0;
    double above = 0;
    for (std::size_t i = 0; i < likely.size(); ++i) {
        const auto value = static_cast<double>(i);
        below += value <= at ? likely[i] : 0;
        above += value >= at ? likely[i] : 0;
    }
    return std::min(1.0, 2 * std::min(below, above));
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

double mann_whitney(std::span<const double> a, std::span<const double> b) {
    if (a.empty() || b.empty()) {
        return 1;
    }
    std::vector<double> all(a.begin(), a.end());
    all.insert(all.end(), b.begin(), b.end());
    const auto ranked = ranks(all);
    const auto sum = std::accumulate(
        ranked.of.begin(), ranked.of.begin() + static_cast<std::ptrdiff_t>(a.size()), 0.0);
    if (ranked.tied == 0 && a.size() <= most_exact_side && b.size() <= most_exact_side) {
        return two_sided(rank_sums(a.size(), all.size()), sum);
    }
    const auto m = static_cast<double>(a.size());
    const auto n = static_cast<double>(all.size());
    const auto variance = m * (n - m) / 12 * (n + 1 - ranked.tied / (n * (n - 1)));
    const auto distance = std::abs(sum - m * (n + 1) / 2);
    return variance <= 0 ? 1 : two_tails(std::max(0.0, distance - 0.5) / std::sqrt(variance));
}

double signed_rank(std::span<const double> differences) {
    std::vector<double> sizes;
    std::vector<bool> positive;
    for (const auto difference : differences) {
        if (difference != 0) {
            sizes.push_back(std::abs(difference));
            positive.push_back(difference > 0);
        }
    }
    if (sizes.empty()) {
        return 1;
    }
    const auto ranked = ranks(sizes);
    double sum = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        sum += positive[i] ? ranked.of[i] : 0;
    }
    if (ranked.tied == 0 && sizes.size() <= most_exact_pairs) {
        std::vector<double> likely{1}; // each rank is in the sum or not
        for (std::size_t rank = 1; rank <= sizes.size(); ++rank) {
            likely.resize(likely.size() + rank, 0);
            for (auto at = likely.size() - 1; at >= rank; --at) {
                likely[at] += likely[at - rank];
            }
        }
        for (auto& one : likely) {
            one = std::ldexp(one, -static_cast<int>(sizes.size()));
        }
        return two_sided(likely, sum);
    }
    const auto n = static_cast<double>(sizes.size());
    const auto variance = n * (n + 1) * (2 * n + 1) / 24 - ranked.tied / 48;
    const auto distance = std::abs(sum - n * (n + 1) / 4);
    return variance <= 0 ? 1 : two_tails(std::max(0.0, distance - 0.5) / std::sqrt(variance));
}

double least_mann_whitney(std::size_t a, std::size_t b) {
    double orders = 1; // of who is from which side
    for (std::size_t i = 1; i <= std::min(a, b); ++i) {
        orders *= static_cast<double>(std::max(a, b) + i) / static_cast<double>(i);
    }
    return std::min(1.0, 2 / orders);
}

double least_signed_rank(std::size_t pairs) {
    return std::min(1.0, std::ldexp(2.0, -static_cast<int>(std::min<std::size_t>(pairs, 1000))));
}

double shift(std::span<const double> a, std::span<const double> b) {
    std::vector<double> differences;
    differences.reserve(a.size() * b.size());
    for (const auto before : a) {
        for (const auto after : b) {
            differences.push_back(after - before);
        }
    }
    return differences.empty() ? 0 : median(std::move(differences));
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
