#include "cargo-ktstr/stats/compare.hpp"

#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/in_turn.hpp"
#include "cargo-ktstr/stats/left_out.hpp"
#include "cargo-ktstr/stats/ranks.hpp"
#include "ktstr-runner/base/exit_code.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace ktstr::stats {

namespace {

using sidecar::Verdict;

// A variant: binary, test, preset, profile, kernel.
using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;

struct Variant {
    Counts counts{};
    std::vector<const Attempt*> last; // of each repetition
    std::vector<const Attempt*> passed;
};

using Variants = std::map<Key, Variant>;

bool is_of_kernel(const Attempt& attempt, const Words& words, const std::string& kernel) {
    return attempt.host_only || words[attempt.kernel].starts_with(kernel);
}

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

Variants variants_of(const Runs& runs, const std::string& kernel, bool by_kernel) {
    const auto& words = runs.words;
    const auto key = [&](const Attempt& attempt) {
        return Key{words[attempt.binary_id],
                   words[attempt.test],
                   words[attempt.preset],
                   words[attempt.profile],
                   by_kernel ? words[attempt.kernel] : std::string()};
    };
    Variants out;
    for (const auto* const attempt : last_attempts(runs.attempts)) {
        if (is_of_kernel(*attempt, words, kernel)) {
            auto& variant = out[key(*attempt)];
            ++variant.counts.at(place_of(attempt->verdict));
            variant.last.push_back(attempt);
        }
    }
    for (const auto& attempt : runs.attempts) {
        if (attempt.passed() && is_of_kernel(attempt, words, kernel)) {
            out[key(attempt)].passed.push_back(&attempt);
        }
    }
    return out;
}

// Without its kernel, as plans have it.
std::string plain_name_of(const Key& key) {
    const auto& [binary, test, preset, profile, kernel] = key;
    return preset.empty() ? binary + " " + test
                          : binary + " gauntlet/" + test + "/" + preset + "/" + profile;
}

std::string name_of(const Key& key) {
    const auto& kernel = std::get<4>(key);
    return printable(plain_name_of(key) + (kernel.empty() ? "" : " on " + kernel));
}

std::size_t count(const Counts& counts, Verdict verdict) {
    return counts.at(place_of(verdict));
}

std::size_t all(const Counts& counts) {
    return counts[0] + counts[1] + counts[2] + counts[3];
}

// Whether a verdict came up, or took the place of passes.
bool is_new(const Counts& a, const Counts& b, Verdict verdict) {
    const auto before = count(a, verdict);
    const auto after = count(b, verdict);
    if (after == 0) {
        return false;
    }
    const bool passed_before = count(a, Verdict::pass) > 0;
    const bool passes_now = count(b, Verdict::pass) > 0;
    // In most of them, where it was in few: one failure of A's must not hide all of B's.
    const bool took_over = 2 * after > all(b) && 2 * before <= all(a);
    return before == 0 || (passed_before && !passes_now) || took_over;
}

std::optional<VerdictChange> change_of(const Counts& a, const Counts& b) {
    if (is_new(a, b, Verdict::fail)) {
        return VerdictChange::newly_failing;
    }
    if (is_new(a, b, Verdict::skip)) {
        return VerdictChange::newly_skipped;
    }
    if (is_new(a, b, Verdict::inconclusive)) {
        return VerdictChange::newly_inconclusive;
    }
    const bool was_bad = count(a, Verdict::fail) > 0 || count(a, Verdict::inconclusive) > 0;
    return was_bad && count(b, Verdict::pass) == all(b) ? std::optional(VerdictChange::mended)
                                                        : std::nullopt;
}

// `only_kernel` is the side's, where variants are matched without it.
bool is_left_out(const Key& key, const Names& left_out, const std::string& only_kernel) {
    const auto& kernel = std::get<4>(key);
    const auto name = plain_name_of(key);
    return left_out.contains(name) ||
           left_out.contains(left_out_name(name, kernel.empty() ? only_kernel : kernel));
}

void compare_verdicts(const Variants& a,
                      const Variants& b,
                      const CompareOptions& options,
                      Comparison& out) {
    const auto add =
        [&](const Key& key, VerdictChange change, const Counts& was, const Counts& is) {
            out.tests.push_back({.test = name_of(key), .change = change, .a = was, .b = is});
        };
    const auto judged = [](const Counts& counts) {
        return count(counts, Verdict::pass) + count(counts, Verdict::fail) > 0;
    };
    for (const auto& [key, before] : a) {
        const auto found = b.find(key);
        if (found != b.end()) {
            const auto& after = found->second.counts;
            ++out.tests_in_both;
            out.judged_in_both += judged(before.counts) && judged(after) ? 1 : 0;
            if (const auto change = change_of(before.counts, after)) {
                add(key, *change, before.counts, after);
            }
        } else if (is_left_out(key, options.left_out_b, out.kernel_b)) {
            ++out.left_out_in_b;
        } else {
            add(key, VerdictChange::vanished, before.counts, {});
        }
    }
    for (const auto& [key, after] : b) {
        if (a.contains(key)) {
            continue;
        }
        const bool fails =
            count(after.counts, Verdict::fail) > 0 && count(after.counts, Verdict::pass) == 0;
        if (fails) {
            add(key, VerdictChange::newly_failing, {}, after.counts);
        } else if (is_left_out(key, options.left_out_a, out.kernel_a)) {
            ++out.left_out_in_a;
        } else {
            add(key, VerdictChange::added, {}, after.counts);
        }
    }
    std::ranges::stable_sort(out.tests, {}, &ChangedTest::change);
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
        if (after == b.end()) {
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
            const auto test = printable(std::get<0>(key) + " " + std::get<1>(key));
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

// Of the attempts whose values are compared; what older files do not tell is not there.
Names machines_of(const Variants& variants, const Words& words, Word Attempt::* what) {
    Names out;
    for (const auto& [key, variant] : variants) {
        for (const auto* const attempt : variant.passed) {
            if (!attempt->host_only) {
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
    compare_verdicts(before, after, options, out);
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

int exit_code_of(const Comparison& comparison) {
    const bool worse = std::ranges::any_of(comparison.tests, is_regression, &ChangedTest::change) ||
                       std::ranges::any_of(comparison.metrics, [](const ComparedMetric& one) {
                           return one.outcome == MetricOutcome::regressed;
                       });
    if (worse) {
        return static_cast<int>(ExitCode::failed);
    }
    const bool refused = !comparison.differences.empty() && comparison.metrics.empty();
    const bool could_tell = comparison.metrics.empty() ||
                            std::ranges::any_of(comparison.metrics, [](const ComparedMetric& one) {
                                return one.outcome != MetricOutcome::not_enough;
                            });
    return static_cast<int>(
        could_tell && !refused && comparison.judged_in_both > 0 ? ExitCode::ok : ExitCode::usage);
}

} // namespace ktstr::stats
