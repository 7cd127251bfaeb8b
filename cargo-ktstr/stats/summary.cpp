#include "cargo-ktstr/stats/summary.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace ktstr::stats {

namespace {

using sidecar::Record;
using sidecar::Verdict;

std::optional<Times> times_of(std::vector<std::int64_t> values) {
    if (values.empty()) {
        return std::nullopt;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    return Times{.sum_ns = std::accumulate(values.begin(), values.end(), std::int64_t{0}),
                 .median_ns = *middle};
}

} // namespace

std::vector<const Record*> in_order(const std::vector<Record>& records) {
    std::vector<const Record*> order;
    for (const auto& record : records) {
        order.push_back(&record);
    }
    std::ranges::stable_sort(order, {}, [](const Record* record) {
        return std::tie(record->binary_id, record->test, record->attempt, record->started_at_ns);
    });
    return order;
}

Summary summarise(const std::vector<Record>& records) {
    Summary summary;
    summary.attempts = records.size();

    struct Story {
        Verdict last = Verdict::inconclusive;
        bool stumbled = false; // an attempt did not pass
    };

    std::map<std::tuple<std::string, std::string, std::string>, Story> stories;
    for (const auto* record : in_order(records)) {
        auto& story = stories[{record->run_id, record->binary_id, record->test}];
        story.last = record->verdict;
        story.stumbled |=
            record->verdict == Verdict::fail || record->verdict == Verdict::inconclusive;
    }
    for (const auto& [test, story] : stories) {
        ++summary.tests[static_cast<std::size_t>(story.last)];
        summary.flaky += story.last == Verdict::pass && story.stumbled ? 1U : 0U;
    }
    std::vector<std::int64_t> totals;
    for (const auto& record : records) {
        totals.push_back(record.wall_ns);
        summary.second_tries += record.first_try.empty() ? 0U : 1U;
    }
    summary.total = times_of(std::move(totals)).value_or(Times{});
    for (std::size_t phase = 0; phase < sidecar::phase_count; ++phase) {
        std::vector<std::int64_t> values;
        for (const auto& record : records) {
            if (record.phases_ns[phase]) {
                values.push_back(*record.phases_ns[phase]);
            }
        }
        summary.phases[phase] = times_of(std::move(values));
    }
    return summary;
}

} // namespace ktstr::stats
