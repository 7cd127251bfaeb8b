#include "cargo-ktstr/stats/compare_variants.hpp"

#include "cargo-ktstr/stats/gauntlet.hpp"
#include "cargo-ktstr/stats/guest_time.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

namespace ktstr::stats {

VariantKey VariantKey::of_any_kind() const {
    auto key = *this;
    key.deterministic = false;
    key.seed = 0;
    return key;
}

std::string VariantKey::plain_name() const {
    return preset.empty() ? binary + " " + test
                          : binary + " gauntlet/" + test + "/" + preset + "/" + profile;
}

VariantNames::VariantNames(const Variants& a, const Variants& b) {
    for (const auto* const side : {&a, &b}) {
        for (const auto& [key, variant] : *side) {
            if (key.deterministic) {
                seeds_[key.of_any_kind()].insert(key.seed);
            }
        }
    }
}

std::string VariantNames::of(const VariantKey& key) const {
    const auto name = printable(key.plain_name() + (key.kernel.empty() ? "" : " on " + key.kernel));
    const auto seeds = seeds_.find(key.of_any_kind());
    return key.deterministic && seeds != seeds_.end() && seeds->second.size() > 1
               ? fmt::format("{} (deterministic, seed {})", name, key.seed)
               : with_kind(name, key.deterministic);
}

bool is_of_kernel(const Attempt& attempt, const Words& words, const std::string& kernel) {
    return attempt.host_only || words[attempt.kernel].starts_with(kernel);
}

Variants variants_of(const Runs& runs, const std::string& kernel, bool by_kernel) {
    const auto& words = runs.words;
    const auto key = [&](const Attempt& attempt) {
        return VariantKey{.binary = words[attempt.binary_id],
                          .test = words[attempt.test],
                          .preset = words[attempt.preset],
                          .profile = words[attempt.profile],
                          .kernel = by_kernel ? words[attempt.kernel] : std::string(),
                          .deterministic = attempt.deterministic,
                          .seed = attempt.deterministic ? attempt.seed : 0};
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
        if (!is_of_kernel(attempt, words, kernel)) {
            continue;
        }
        auto& variant = out[key(attempt)];
        if (attempt.passed()) {
            variant.passed.push_back(&attempt);
        }
        if (attempt.deterministic && attempt.digest != 0) {
            variant.told.push_back(&attempt);
        }
    }
    return out;
}

} // namespace ktstr::stats
