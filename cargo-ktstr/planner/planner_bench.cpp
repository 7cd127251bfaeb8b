// Measures choices: `planner_bench TESTS PRESETS PROFILES KERNELS SECONDS`, of a suite that it
// makes up, or `planner_bench FILE SECONDS`, of a recorded one (tests/bench/plans), prints the
// number of variants, how long choosing took in seconds, the pairs of features that are covered,
// and those that the rule of the Rust original (0.4.9: the greedy choice by new single features for
// time, which ends when no variant brings one) covers in the same time.
#include "cargo-ktstr/planner/budget.hpp"
#include "cargo-ktstr/planner/recorded_suite.hpp"
#include "cargo-ktstr/planner/tool_config.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ktstr::planner {

namespace {

using Clock = std::chrono::steady_clock;

// Tests of five schedulers in fifty binaries, of 1 to 12 s; profiles are those of three flags.
Suite make_suite(std::uint64_t tests,
                 std::uint16_t presets,
                 std::uint16_t profiles,
                 std::uint16_t kernels) {
    Suite suite;
    suite.list.suites.resize(50);
    for (std::size_t i = 0; i < suite.list.suites.size(); ++i) {
        suite.list.suites[i].binary_id = fmt::format("crate::binary_{}", i);
    }
    suite.kernels.resize(kernels);
    for (std::size_t i = 0; i < kernels; ++i) {
        suite.kernels[i].label = fmt::format("kernel_6_{}", i);
        suite.kernels[i].entry.key = fmt::format("6.{}", i);
    }
    for (std::size_t i = 0; i < tests; ++i) {
        PlannedTest test{.suite = i % suite.list.suites.size(),
                         .name = fmt::format("module::test_{}", i),
                         .topology = *Topology::parse("4"),
                         .duration_ms = 1000 + i * 7 % 12 * 1000,
                         .scheduler = fmt::format("scx_{}", i % 5)};
        for (const auto* name : {"llc", "steal", "rebal"}) {
            test.flags.push_back({.name = name, .arguments = {}, .needs = {}});
        }
        auto& gauntlet = test.gauntlet.emplace();
        for (std::size_t preset = 0; preset < presets; ++preset) {
            gauntlet.presets.push_back({.preset = &variants::presets()[preset]});
        }
        for (std::uint32_t profile = 0; profile < profiles; ++profile) {
            gauntlet.profiles.push_back(profile);
        }
        test.unfit.resize(kernels);
        suite.variants.tests.push_back(std::move(test));
        for (std::uint16_t preset = 0; preset < presets; ++preset) {
            for (std::uint16_t profile = 0; profile < profiles; ++profile) {
                for (std::uint16_t kernel = 0; kernel < kernels; ++kernel) {
                    suite.variants.all.push_back({.test = static_cast<std::uint32_t>(i),
                                                  .preset = preset,
                                                  .profile = profile,
                                                  .kernel = kernel});
                }
            }
        }
    }
    return suite;
}

// Single features instead of pairs, and no filling. It knows of no lanes: here it is given the time
// of all.
std::size_t by_the_original(const Suite& suite, const Times& times, const Budget& budget) {
    const Features features(suite.variants, times);
    std::set<std::uint32_t> seen;
    Pairs pairs(features.count());
    auto room = budget.time * budget.lanes.count;
    std::vector<bool> taken(suite.variants.all.size());
    while (true) {
        double best = 0;
        std::size_t which = 0;
        for (std::size_t i = 0; i < suite.variants.all.size(); ++i) {
            const auto time = times.of(suite.variants, suite.variants.all[i]).time;
            if (taken[i] || time > room) {
                continue;
            }
            double fresh = 0;
            for (const auto feature : features.of(suite.variants.all[i])) {
                fresh += seen.contains(feature) ? 0 : 1;
            }
            const auto worth = fresh / static_cast<double>(time.count());
            if (worth > best) {
                best = worth;
                which = i;
            }
        }
        if (best <= 0) {
            return pairs.count();
        }
        taken[which] = true;
        const auto& variant = suite.variants.all[which];
        room -= times.of(suite.variants, variant).time;
        const auto its = features.of(variant);
        seen.insert(its.begin(), its.end());
        pairs.add(its);
    }
}

void measure(Suite suite, std::chrono::seconds time) {
    const Times times{.list = suite.list, .kernels = suite.kernels, .history = suite.history};
    const Budget budget{
        .time = time,
        .lanes = {.count = 2, .cpus = 64},
        .performance_at_once = {},
        .most_in_reserve = most_names
    };
    constexpr std::size_t most_for_the_original = 20'000; // it looks at all for each that it takes
    const auto theirs = suite.variants.all.size() <= most_for_the_original
                            ? fmt::format("{}", by_the_original(suite, times, budget))
                            : "-";
    const auto begin = Clock::now();
    const auto choice = choose(budget, times, suite.variants);
    const auto took = std::chrono::duration<double>(Clock::now() - begin).count();
    fmt::print("variants {} seconds {:.3f} chosen {} pairs {} of {} original {}\n",
               suite.variants.all.size(),
               took,
               choice.chosen,
               choice.pairs,
               choice.all_pairs,
               theirs);
}

Result<> run(std::span<const std::string> words) {
    std::vector<std::uint64_t> numbers;
    for (const auto& word : words) {
        numbers.push_back(parse_u64(word).value_or(0));
    }
    if (words.size() == 2 && numbers[1] > 0) {
        TRY_ASSIGN(auto suite, read_suite(words[0]));
        measure(std::move(suite), std::chrono::seconds(numbers[1]));
        return {};
    }
    if (words.size() != 5 || std::ranges::find(numbers, 0U) != numbers.end()) {
        return fail(ErrorKind::usage,
                    "usage: planner_bench TESTS PRESETS PROFILES KERNELS SECONDS, or FILE SECONDS");
    }
    const auto small = [&](std::size_t i) { return static_cast<std::uint16_t>(numbers.at(i)); };
    measure(make_suite(numbers[0], small(1), small(2), small(3)), std::chrono::seconds(numbers[4]));
    return {};
}

} // namespace

} // namespace ktstr::planner

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (const auto ran = ktstr::planner::run(words); !ran) {
        fmt::print(stderr, "{}", ran.error().render());
        return 2;
    }
    return 0;
}
