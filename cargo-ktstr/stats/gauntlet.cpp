#include "cargo-ktstr/stats/gauntlet.hpp"

#include "cargo-ktstr/stats/ranks.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>

namespace ktstr::stats {

namespace {

using sidecar::Verdict;

// Of one test and one metric.
struct OfTest {
    std::vector<double> values;
    std::vector<const Attempt*> attempts;
};

// Where more than half of the values are the same, the deviation is none, and whatever matters
// stands out.
double score_of(double distance, double deviation, double matters_from) {
    return distance / std::max(deviation, matters_from / least_score);
}

void find_outliers(const std::vector<const Attempt*>& variants, std::vector<Outlier>& out) {
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
        OfTest sample;
        for (const auto* const attempt : variants) {
            if (const auto value = attempt->values.get(metric)) {
                sample.values.push_back(*value);
                sample.attempts.push_back(attempt);
            }
        }
        if (sample.values.size() < least_variants) {
            continue;
        }
        const auto middle = median(sample.values);
        const auto wide = deviation(sample.values, middle);
        const auto from =
            std::max(metrics[metric].absolute, metrics[metric].relative * std::abs(middle));
        for (std::size_t i = 0; i < sample.values.size(); ++i) {
            const auto distance = sample.values[i] - middle;
            const auto score = score_of(distance, wide, from);
            if (std::abs(score) >= least_score && matters(metrics[metric], distance, middle)) {
                out.push_back({.attempt = sample.attempts[i],
                               .metric = metric,
                               .value = sample.values[i],
                               .median = middle,
                               .score = score});
            }
        }
    }
}

using Name = std::function<std::string(const Attempt&)>;

std::vector<Group> grouped(const std::vector<const Attempt*>& attempts, const Name& name) {
    std::map<std::pair<std::string, bool>, std::vector<const Attempt*>> members;
    for (const auto* const attempt : attempts) {
        members[{printable(name(*attempt)), attempt->deterministic}].push_back(attempt);
    }
    std::vector<Group> groups;
    for (const auto& [of, all] : members) {
        Group group{.name = of.first, .deterministic = of.second, .medians = {}};
        std::array<std::vector<double>, metrics.size()> values;
        for (const auto* const attempt : all) {
            ++group.verdicts.at(place_of(attempt->verdict));
            for (std::size_t metric = 0; attempt->passed() && metric < metrics.size(); ++metric) {
                if (const auto value = attempt->values.get(metric)) {
                    values.at(metric).push_back(*value);
                }
            }
        }
        for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
            if (!values.at(metric).empty()) {
                group.medians.at(metric) = median(std::move(values.at(metric)));
            }
        }
        groups.push_back(std::move(group));
    }
    const auto troubled = [](const Group& group) {
        return static_cast<double>(group.verdicts[place_of(Verdict::fail)] +
                                   group.verdicts[place_of(Verdict::inconclusive)]) /
               static_cast<double>(group.all());
    };
    std::ranges::stable_sort(groups, std::greater<>(), troubled);
    return groups;
}

} // namespace

bool matters(const Metric& metric, double difference, double median) {
    const auto size = std::abs(difference);
    return size >= metric.absolute && size >= metric.relative * std::abs(median);
}

std::vector<const Attempt*> last_attempts(std::span<const Attempt> attempts) {
    using Key = std::tuple<Word, Word, Word, std::uint32_t, bool, std::uint64_t>;
    std::map<Key, std::size_t> places;
    std::vector<const Attempt*> out;
    for (const auto& attempt : attempts) {
        const auto [at, fresh] = places.try_emplace(Key{attempt.run,
                                                        attempt.binary_id,
                                                        attempt.name,
                                                        attempt.repetition,
                                                        attempt.deterministic,
                                                        attempt.seed},
                                                    out.size());
        if (fresh) {
            out.push_back(&attempt);
        } else if (auto& last = out[at->second]; std::tie(last->number, last->started_at_ns) <=
                                                 std::tie(attempt.number, attempt.started_at_ns)) {
            last = &attempt;
        }
    }
    return out;
}

Gauntlet analyse(std::span<const Attempt> attempts, const Words& words) {
    const auto last = last_attempts(attempts);
    std::map<std::tuple<Word, Word, bool>, std::vector<const Attempt*>> of_test;
    std::vector<const Attempt*> booted;
    for (const auto* const attempt : last) {
        if (attempt->host_only) {
            continue;
        }
        booted.push_back(attempt);
        if (attempt->passed()) {
            of_test[{attempt->binary_id, attempt->test, attempt->deterministic}].push_back(attempt);
        }
    }
    Gauntlet out;
    for (const auto& [test, variants] : of_test) {
        if (variants.size() >= least_variants) {
            ++out.tests_compared;
            find_outliers(variants, out.outliers);
        }
    }
    std::ranges::stable_sort(out.outliers, std::greater<>(), [](const Outlier& outlier) {
        return std::abs(outlier.score);
    });
    out.by_test = grouped(booted, [&](const Attempt& attempt) {
        return words[attempt.binary_id] + " " + words[attempt.test];
    });
    out.by_topology = grouped(booted, [&](const Attempt& attempt) {
        const auto& preset = words[attempt.preset];
        return preset.empty() ? words[attempt.topology]
                              : preset + " (" + words[attempt.topology] + ")";
    });
    out.by_kernel = grouped(booted, [&](const Attempt& attempt) { return words[attempt.kernel]; });
    out.by_work = grouped(booted, [&](const Attempt& attempt) { return words[attempt.work]; });
    return out;
}

} // namespace ktstr::stats
