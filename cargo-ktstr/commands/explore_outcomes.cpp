#include "cargo-ktstr/commands/explore_outcomes.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ktstr::commands {

namespace {

using sidecar::Verdict;

constexpr std::size_t seeds_shown = 8; // of a group

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string name_of(std::optional<Verdict> verdict) {
    return verdict ? std::string(sidecar::name(*verdict)) : "no verdict";
}

// What did not come to its program has nothing to be the same again.
const char* what_to_do_with(const SeedResult& result) {
    if (!result.verdict) {
        return "its output is in";
    }
    return result.digest.empty() ? "it did not begin, see" : "cargo ktstr replay";
}

} // namespace

std::string without_numbers(std::string_view headline) {
    std::string out;
    for (std::size_t at = 0; at < headline.size(); ++at) {
        const bool goes_on = at > 0 && (is_digit(headline[at - 1]) || headline[at - 1] == '.');
        const bool fraction = headline[at] == '.' && at > 0 && is_digit(headline[at - 1]) &&
                              at + 1 < headline.size() && is_digit(headline[at + 1]);
        if (!is_digit(headline[at]) && !fraction) {
            out += headline[at];
        } else if (!goes_on || !out.ends_with('#')) {
            out += '#';
        }
    }
    return out;
}

void Outcomes::add(const SeedResult& result) {
    ++seeds_;
    const auto key = without_numbers(result.headline);
    auto group = std::ranges::find_if(groups_, [&](const Group& known) {
        return known.verdict == result.verdict && known.key == key;
    });
    if (group == groups_.end()) {
        groups_.push_back({.verdict = result.verdict,
                           .key = key,
                           .headline = result.headline,
                           .first = {},
                           .digests = {}});
        group = groups_.end() - 1;
    }
    ++group->count;
    group->digests.insert(result.digest);
    auto& first = group->first;
    first.insert(std::ranges::upper_bound(first, result.seed, {}, &SeedResult::seed), result);
    if (first.size() > seeds_shown) {
        first.pop_back();
    }
}

std::size_t Outcomes::count(std::optional<Verdict> verdict) const {
    std::size_t count = 0;
    for (const auto& group : groups_) {
        count += group.verdict == verdict ? group.count : 0;
    }
    return count;
}

std::size_t Outcomes::of(Verdict verdict) const {
    return count(verdict);
}

std::size_t Outcomes::without_verdict() const {
    return count(std::nullopt);
}

std::string Outcomes::text() const {
    std::vector<const Group*> order;
    for (const auto& group : groups_) {
        order.push_back(&group);
    }
    std::ranges::stable_sort(
        order, std::greater{}, [](const Group* group) { return group->count; });
    std::string out;
    for (const auto* group : order) {
        const bool passed = group->verdict == Verdict::pass;
        out += fmt::format("{:>7}  {}{}{}\n",
                           group->count,
                           name_of(group->verdict),
                           passed ? "" : ": " + to_utf8(group->headline),
                           group->verdict ? fmt::format(" ({} different {})",
                                                        group->digests.size(),
                                                        group->digests.size() == 1 ? "run" : "runs")
                                          : "");
        if (passed) {
            continue;
        }
        for (const auto& one : group->first) {
            out += fmt::format("         seed {}: {} {}\n",
                               one.seed,
                               what_to_do_with(one),
                               shell_quote(one.file.string()));
        }
        if (group->count > group->first.size()) {
            out += fmt::format("         and {} more\n", group->count - group->first.size());
        }
    }
    return out;
}

} // namespace ktstr::commands
