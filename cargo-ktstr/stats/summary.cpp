#include "cargo-ktstr/stats/summary.hpp"

#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace ktstr::stats {

namespace {

using sidecar::Verdict;

std::optional<Times> times_of(std::vector<std::int64_t> values) {
    if (values.empty()) {
        return std::nullopt;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    // What files tell may be more than an integer holds.
    constexpr double most = 9e18;
    const auto sum = std::accumulate(values.begin(), values.end(), 0.0);
    return Times{.sum_ns = static_cast<std::int64_t>(std::min(sum, most)), .median_ns = *middle};
}

// "fork, loaded, set up" is a fork.
std::string origin_of(const Attempt& attempt, const Words& words) {
    const auto& origin = words[attempt.origin];
    return attempt.host_only ? "on the host" : origin.substr(0, origin.find(','));
}

} // namespace

std::vector<const Attempt*> in_order(std::span<const Attempt> attempts, const Words& words) {
    std::vector<const Attempt*> order;
    for (const auto& attempt : attempts) {
        order.push_back(&attempt);
    }
    std::ranges::stable_sort(order, {}, [&](const Attempt* attempt) {
        return std::tie(words[attempt->binary_id],
                        words[attempt->name],
                        attempt->repetition,
                        attempt->seed,
                        attempt->number,
                        attempt->started_at_ns);
    });
    return order;
}

std::map<std::string, std::size_t> count_origins(std::span<const Attempt> attempts,
                                                 const Words& words) {
    std::map<std::string, std::size_t> origins;
    for (const auto& attempt : attempts) {
        if (const auto origin = printable(origin_of(attempt, words)); !origin.empty()) {
            ++origins[origin];
        }
    }
    return origins;
}

Summary summarise(std::span<const Attempt> attempts, const Words& words) {
    Summary summary;
    summary.attempts = attempts.size();

    struct Story {
        Verdict last = Verdict::inconclusive;
        bool stumbled = false; // an attempt did not pass
    };

    using Key = std::tuple<Word, Word, Word, std::uint32_t, bool, std::uint64_t>;
    std::map<Key, Story> stories;
    for (const auto* const attempt : in_order(attempts, words)) {
        auto& story = stories[{attempt->run,
                               attempt->binary_id,
                               attempt->name,
                               attempt->repetition,
                               attempt->deterministic,
                               attempt->seed}];
        story.last = attempt->verdict;
        story.stumbled |=
            attempt->verdict == Verdict::fail || attempt->verdict == Verdict::inconclusive;
    }
    for (const auto& [test, story] : stories) {
        ++summary.tests[static_cast<std::size_t>(story.last)];
        summary.flaky += story.last == Verdict::pass && story.stumbled ? 1U : 0U;
    }
    std::vector<std::int64_t> totals;
    for (const auto& attempt : attempts) {
        totals.push_back(attempt.wall_ns);
        summary.second_tries += attempt.second_try ? 1U : 0U;
        summary.files_kept += attempt.files_kept;
        summary.files_lost += attempt.files_lost;
    }
    summary.total = times_of(std::move(totals)).value_or(Times{});
    for (std::size_t phase = 0; phase < sidecar::phase_count; ++phase) {
        std::vector<std::int64_t> values;
        for (const auto& attempt : attempts) {
            if (attempt.phases_ns[phase] >= 0) {
                values.push_back(attempt.phases_ns[phase]);
            }
        }
        summary.phases[phase] = times_of(std::move(values));
    }
    return summary;
}

} // namespace ktstr::stats
