#include "cargo-ktstr/stats/estimates.hpp"

#include "cargo-ktstr/stats/ranks.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace ktstr::stats {

namespace {

constexpr std::size_t most_misjudged = 5;
constexpr double far = 2; // times, either way

bool counts(const Attempt& attempt) {
    return attempt.passed() && attempt.expected_ns > 0;
}

// What files tell may be more than an integer holds.
void add_to(std::int64_t& sum, std::int64_t value) {
    if (__builtin_add_overflow(sum, value, &sum)) {
        sum = std::numeric_limits<std::int64_t>::max();
    }
}

std::optional<EstimateSums> sums_of(std::span<const Attempt> attempts, bool learned) {
    EstimateSums out;
    std::vector<double> ratios;
    for (const auto& attempt : attempts) {
        if (counts(attempt) && attempt.learned == learned) {
            ++out.attempts;
            add_to(out.expected_ns, attempt.expected_ns);
            add_to(out.took_ns, attempt.wall_ns);
            ratios.push_back(static_cast<double>(attempt.wall_ns) /
                             static_cast<double>(attempt.expected_ns));
        }
    }
    if (ratios.empty()) {
        return std::nullopt;
    }
    out.median_ratio = median(std::move(ratios));
    return out;
}

// Of a test in a run, whose plan expects one time.
std::vector<Misjudged> misjudged(std::span<const Attempt> attempts, const Words& words) {
    std::map<std::tuple<Word, Word, std::int64_t, bool>, std::vector<double>> took;
    for (const auto& attempt : attempts) {
        if (counts(attempt)) {
            took[{attempt.binary_id, attempt.name, attempt.expected_ns, attempt.learned}].push_back(
                static_cast<double>(attempt.wall_ns));
        }
    }
    std::vector<Misjudged> out;
    for (auto& [test, times] : took) {
        const auto& [binary, name, expected_ns, learned] = test;
        Misjudged one{.binary_id = words[binary],
                      .test = words[name],
                      .learned = learned,
                      .expected_ns = expected_ns,
                      .took_ns = static_cast<std::int64_t>(median(std::move(times)))};
        if (one.ratio() > far || one.ratio() * far < 1) {
            out.push_back(std::move(one));
        }
    }
    std::ranges::stable_sort(out, std::greater<>(), [](const Misjudged& one) {
        return std::abs(one.took_ns - one.expected_ns);
    });
    out.resize(std::min(out.size(), most_misjudged));
    return out;
}

} // namespace

std::optional<Estimates> estimates_of(std::span<const Attempt> attempts, const Words& words) {
    Estimates out{.learned = sums_of(attempts, true),
                  .estimated = sums_of(attempts, false),
                  .largest = misjudged(attempts, words)};
    return out.learned || out.estimated ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace ktstr::stats
