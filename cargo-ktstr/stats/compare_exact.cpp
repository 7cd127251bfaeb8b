#include "cargo-ktstr/stats/compare_exact.hpp"

#include "ktstr-runner/sidecar/frames.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

namespace ktstr::stats {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_differences = 500; // that are kept of a test

using Told = std::vector<const Attempt*>;
using Two = std::pair<const Attempt*, const Attempt*>;

// The first attempt with each digest.
Told behaviours_of(const Told& attempts) {
    std::map<Word, const Attempt*> firsts;
    Told out;
    for (const auto* const attempt : attempts) {
        if (firsts.emplace(attempt->digest, attempt).second) {
            out.push_back(attempt);
        }
    }
    return out;
}

bool is_of_one_way(const Told& attempts) {
    return behaviours_of(attempts).size() == 1 &&
           std::ranges::none_of(attempts, &Attempt::diverged);
}

// Two that one run's programs made, or one that was run twice, and that are not the same: nothing
// but chance can have done it.
std::optional<Two> two_of_one_run(const Told& attempts) {
    std::map<Word, const Attempt*> first_of;
    for (const auto* const attempt : attempts) {
        const auto [first, fresh] = first_of.emplace(attempt->run, attempt);
        if (attempt->diverged) {
            return Two{attempt, attempt};
        }
        if (!fresh && first->second->digest != attempt->digest) {
            return Two{first->second, attempt};
        }
    }
    return std::nullopt;
}

Result<Behaviour> read_behaviour(const std::string& file) {
    TRY_ASSIGN(const auto text, sidecar::read_record_file(file));
    return behaviour_of(text, file);
}

// From which frame on; nothing where one was not kept.
void find_frame(const fs::path& file_a, const fs::path& file_b, ExactTest& out) {
    const auto a = sidecar::read_frames(file_a);
    const auto b = sidecar::read_frames(file_b);
    const auto parts = a && b ? sidecar::first_difference(*a, *b) : std::nullopt;
    if (!parts) {
        return;
    }
    out.frame = fmt::format("{}frame {}", parts->beyond ? "or behind " : "", parts->number);
    auto sides = sidecar::in_words(*parts);
    out.said = {std::move(sides.a), std::move(sides.b)};
}

// In what they differ, and of what; what cannot be read is said. The same file twice is one that
// was run twice.
void tell_apart(const std::string& file_a, const std::string& file_b, ExactTest& out) {
    out.files = {file_a, file_b};
    const auto a = read_behaviour(file_a);
    const auto b = read_behaviour(file_b);
    if (!a || !b) {
        out.outcome = ExactOutcome::unread;
        out.why = (a ? b : a).error().one_line();
        return;
    }
    out.inputs = other_inputs(*a, *b);
    out.differences = differences_between(*a, *b);
    out.found = out.differences.size();
    out.differences.resize(std::min(out.found, most_differences));
    const auto& frames_b = file_a == file_b ? b->frames_again : b->frames;
    if (!a->frames.empty() && !frames_b.empty()) {
        find_frame(fs::path(file_a).parent_path() / a->frames,
                   fs::path(file_b).parent_path() / frames_b,
                   out);
    }
}

// Of a side that behaves in several ways.
ExactTest
several_ways(const ExactTest& named, const Told& attempts, const Words& words, char side) {
    auto out = named;
    const auto firsts = behaviours_of(attempts);
    out.side = side;
    out.attempts = attempts.size();
    out.behaviours = std::max<std::size_t>(firsts.size(), 2); // one that was run twice has two
    out.outcome = ExactOutcome::not_deterministic;
    if (const auto two = two_of_one_run(attempts)) {
        out.in_one_run = true;
        tell_apart(words[two->first->file], words[two->second->file], out);
        return out;
    }
    for (std::size_t i = 1; i < firsts.size(); ++i) {
        out.outcome = ExactOutcome::not_deterministic;
        tell_apart(words[firsts[i - 1]->file], words[firsts[i]->file], out);
        if (out.outcome == ExactOutcome::unread || out.inputs.empty()) {
            return out;
        }
    }
    out.outcome = ExactOutcome::other_inputs;
    return out;
}

auto rank_of(const ExactTest& one) {
    return std::tuple(one.outcome != ExactOutcome::not_deterministic, !one.regressed());
}

} // namespace

void compare_exact(const ExactSide& a,
                   const ExactSide& b,
                   const VariantNames& names,
                   ExactComparison& out) {
    for (const auto& [key, before] : a.variants) {
        const auto found = b.variants.find(key);
        if (!key.deterministic || found == b.variants.end()) {
            continue;
        }
        const auto& after = found->second;
        if (before.told.empty() || after.told.empty()) {
            ++out.untold;
            continue;
        }
        ExactTest test{.test = names.of(key), .seed = key.seed};
        bool one_way = true;
        for (const auto& [told, words, side] :
             {std::tuple(&before.told, &a.words, 'A'), std::tuple(&after.told, &b.words, 'B')}) {
            if (!is_of_one_way(*told)) {
                one_way = false;
                out.tests.push_back(several_ways(test, *told, *words, side));
            }
        }
        const auto& first_a = *before.told.front();
        const auto& first_b = *after.told.front();
        if (one_way && a.words[first_a.digest] == b.words[first_b.digest]) {
            ++out.identical;
        } else if (one_way) {
            tell_apart(a.words[first_a.file], b.words[first_b.file], test);
            out.tests.push_back(std::move(test));
        }
    }
    std::ranges::stable_sort(out.tests, {}, rank_of);
}

} // namespace ktstr::stats
