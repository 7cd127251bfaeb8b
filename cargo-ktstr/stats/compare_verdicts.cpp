#include "cargo-ktstr/stats/compare_verdicts.hpp"

#include "cargo-ktstr/stats/left_out.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace ktstr::stats {

namespace {

using sidecar::Verdict;

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
bool is_left_out(const VariantKey& key, const Names& left_out, const std::string& only_kernel) {
    const auto name = key.plain_name();
    return left_out.contains(name) ||
           left_out.contains(left_out_name(name, key.kernel.empty() ? only_kernel : key.kernel));
}

bool is_judged(const Counts& counts) {
    return count(counts, Verdict::pass) + count(counts, Verdict::fail) > 0;
}

bool only_fails(const Counts& counts) {
    return count(counts, Verdict::fail) > 0 && count(counts, Verdict::pass) == 0;
}

// How often each verdict was of a test, whatever ran it and with what seed.
std::map<VariantKey, Counts> counts_by_test(const Variants& variants) {
    std::map<VariantKey, Counts> out;
    for (const auto& [key, variant] : variants) {
        auto& sum = out[key.of_any_kind()];
        for (std::size_t i = 0; i < sum.size(); ++i) {
            sum.at(i) += variant.counts.at(i);
        }
    }
    return out;
}

class VerdictsCompared final {
public:
    VerdictsCompared(const Variants& a,
                     const Variants& b,
                     const VariantNames& names,
                     const CompareOptions& options,
                     Comparison& out)
        : a_(a), b_(b), names_(names), options_(options), out_(out), tests_a_(counts_by_test(a)),
          tests_b_(counts_by_test(b)) {}

    void compare() {
        for (const auto& [key, before] : a_) {
            const auto found = b_.find(key);
            if (found != b_.end()) {
                in_both(key, before.counts, found->second.counts);
            } else {
                in_a_alone(key, before.counts);
            }
        }
        for (const auto& [key, after] : b_) {
            if (!a_.contains(key)) {
                in_b_alone(key, after.counts);
            }
        }
        std::ranges::stable_sort(out_.tests, {}, &ChangedTest::change);
    }

private:
    void in_both(const VariantKey& key, const Counts& before, const Counts& after) {
        ++out_.tests_in_both;
        out_.judged_in_both += is_judged(before) && is_judged(after) ? 1 : 0;
        if (const auto change = change_of(before, after)) {
            add(key, *change, before, after);
        }
    }

    void in_a_alone(const VariantKey& key, const Counts& before) {
        if (tests_b_.contains(key.of_any_kind())) {
            add_one_sided(key, 'A');
        } else if (is_left_out(key, options_.left_out_b, out_.kernel_b)) {
            ++out_.left_out_in_b;
        } else {
            add(key, VerdictChange::vanished, before, {});
        }
    }

    // A failure is told, whatever ran it, unless the test failed in A too.
    void in_b_alone(const VariantKey& key, const Counts& after) {
        const auto in_a = tests_a_.find(key.of_any_kind());
        const bool known = in_a != tests_a_.end();
        if (known) {
            add_one_sided(key, 'B');
        }
        if (only_fails(after) && (!known || count(in_a->second, Verdict::fail) == 0)) {
            add(key, VerdictChange::newly_failing, {}, after);
        } else if (known) {
            return;
        } else if (is_left_out(key, options_.left_out_a, out_.kernel_a)) {
            ++out_.left_out_in_a;
        } else {
            add(key, VerdictChange::added, {}, after);
        }
    }

    void
    add(const VariantKey& key, VerdictChange change, const Counts& before, const Counts& after) {
        out_.tests.push_back({.test = names_.of(key), .change = change, .a = before, .b = after});
    }

    void add_one_sided(const VariantKey& key, char side) {
        out_.exact.one_sided.push_back({.test = names_.of(key),
                                        .side = side,
                                        .deterministic = key.deterministic,
                                        .seed = key.seed});
    }

    const Variants& a_;
    const Variants& b_;
    const VariantNames& names_;
    const CompareOptions& options_;
    Comparison& out_;
    std::map<VariantKey, Counts> tests_a_;
    std::map<VariantKey, Counts> tests_b_;
};

} // namespace

void compare_verdicts(const Variants& a,
                      const Variants& b,
                      const VariantNames& names,
                      const CompareOptions& options,
                      Comparison& out) {
    VerdictsCompared(a, b, names, options, out).compare();
}

} // namespace ktstr::stats
