#include "cargo-ktstr/planner/budget.hpp"
#include "cargo-ktstr/planner/testing_plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <ranges>
#include <set>

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSubsetOf;

// Tests of one binary, each with a gauntlet of all presets and of the profiles of two flags.
class ChooseTest : public PlanFixture {
protected:
    void add_tests(std::size_t count, const std::string& scheduler = "scx_a") {
        list_.suites = {{.binary_id = "c::it"}};
        for (std::size_t i = 0; i < count; ++i) {
            PlannedTest test{.name = "t" + std::to_string(variants_.tests.size()),
                             .topology = *Topology::parse("2"),
                             .duration_ms = 1000,
                             .scheduler = scheduler};
            test.flags = {
                {.name = "x", .arguments = {}, .needs = {}},
                {.name = "y", .arguments = {}, .needs = {}}
            };
            variants::Gauntlet gauntlet{
                .presets = {},
                  .profiles = {0, 1, 2, 3}
            };
            for (const auto& preset : variants::presets()) {
                gauntlet.presets.push_back({.preset = &preset});
            }
            test.gauntlet = gauntlet;
            test.unfit.resize(1);
            variants_.tests.push_back(std::move(test));
            const auto number = static_cast<std::uint32_t>(variants_.tests.size() - 1);
            variants_.all.push_back({.test = number, .kernel = 0});
            for (std::uint16_t preset = 0; preset < variants::presets().size(); ++preset) {
                for (std::uint16_t profile = 0; profile < 4; ++profile) {
                    variants_.all.push_back(
                        {.test = number, .preset = preset, .profile = profile, .kernel = 0});
                }
            }
        }
    }

    Choice choose(std::chrono::nanoseconds time, unsigned lanes = 2, std::uint64_t seed = 1) {
        return planner::choose(
            {
                .time = time,
                .lanes = {.count = lanes, .cpus = 64},
                .seed = seed,
                .performance_at_once = performance_at_once_,
                .most_in_reserve = most_in_reserve_
        },
            times_,
            variants_);
    }

    std::chrono::nanoseconds sum_of(Left left) const {
        std::chrono::nanoseconds sum{};
        for (const auto& variant : variants_.all) {
            sum += variant.left == left ? times_.of(variants_, variant).time : 0s;
        }
        return sum;
    }

    std::vector<std::string> chosen() const {
        std::vector<std::string> names;
        for (const auto& variant : variants_.all) {
            if (variant.left == Left::runs) {
                names.push_back(variants_.name_of(variant, kernels_));
            }
        }
        return names;
    }

    void failed(const std::string& name) { ran(name, sidecar::Verdict::fail); }

    // In a second.
    void ran(const std::string& name, sidecar::Verdict verdict = sidecar::Verdict::pass) {
        sidecar::Record record;
        record.binary_id = "c::it";
        record.test = name;
        record.kernel_key = "k";
        record.machine = "qemu, tcg";
        record.verdict = verdict;
        record.wall_ns = 1'000'000'000;
        history_.add(record);
    }

    std::map<unsigned, unsigned> performance_at_once_;
    std::size_t most_in_reserve_ = 500;
};

TEST_F(ChooseTest, NeverTakesMoreThanTheLanesHave) {
    add_tests(3);
    const auto before = variants_;
    for (const auto time : {0s, 1s, 5s, 60s, 300s}) {
        variants_ = before;
        const auto choice = choose(time, 3);
        std::chrono::nanoseconds sum{};
        for (const auto& variant : variants_.all) {
            const auto expected = times_.of(variants_, variant).time;
            sum += variant.left == Left::runs ? expected : 0s;
            EXPECT_TRUE(variant.left == Left::budget || expected <= time);
        }
        EXPECT_LE(sum, time * 3);
        EXPECT_LE(choice.expected, time);
        EXPECT_EQ(choice.chosen, chosen().size());
        EXPECT_EQ(choice.reserve, count(variants_, Left::reserve));
        EXPECT_EQ(choice.chosen + choice.reserve + choice.left_out, variants_.all.size());
    }
}

TEST_F(ChooseTest, FillsTheTime) {
    add_tests(3);
    const auto choice = choose(60s);
    EXPECT_GT(choice.expected, 57s); // what is left is too short for any
    EXPECT_EQ(choose(100'000s).left_out, 0U);
}

TEST_F(ChooseTest, HasTwiceAsMuchInReserveWhereNothingIsKnown) {
    add_tests(3);
    choose(30s);
    const auto difference = 2 * sum_of(Left::runs) - sum_of(Left::reserve);
    EXPECT_GE(difference, 0s);
    EXPECT_LT(difference, 2s) << "that no other variant fits into";
}

TEST_F(ChooseTest, HasAQuarterInReserveWhereTimesAreKnown) {
    add_tests(3);
    for (const auto* test : {"t0", "t1", "t2"}) {
        ran(test);
    }
    auto others = variants_;
    choose(60s);
    EXPECT_GT(sum_of(Left::reserve), 27s) << "as the test's other variants took";
    EXPECT_LE(sum_of(Left::reserve), 30s);
    std::swap(variants_, others);
    for (const auto& variant : variants_.all) {
        ran(variants_.plain_name_of(variant));
    }
    choose(60s);
    EXPECT_EQ(sum_of(Left::runs), 120s);
    EXPECT_EQ(sum_of(Left::reserve), 30s);
}

TEST_F(ChooseTest, AReserveIsInTheOrderOfItsWorth) {
    add_tests(3);
    const auto before = variants_;
    choose(20s);
    const auto reserve = variants_.reserve;
    EXPECT_EQ(reserve.size(), count(variants_, Left::reserve));
    for (const auto index : reserve) {
        EXPECT_EQ(variants_.all[index].left, Left::reserve);
    }
    EXPECT_FALSE(std::ranges::is_sorted(reserve)) << "nor in that of the list";
    variants_ = before;
    choose(20s);
    EXPECT_EQ(variants_.reserve, reserve);
}

TEST_F(ChooseTest, AReserveIsBounded) {
    add_tests(3);
    most_in_reserve_ = 7;
    EXPECT_EQ(choose(30s).reserve, 7U);
    EXPECT_EQ(variants_.reserve.size(), 7U);
    for (auto& variant : variants_.all) {
        variant.left = Left::runs;
    }
    variants_.reserve.clear();
    most_in_reserve_ = 0;
    EXPECT_EQ(choose(30s).reserve, 0U);
}

TEST_F(ChooseTest, WhatFailedLastIsTheFirstInReserveToo) {
    add_tests(1);
    for (std::size_t i = 1; i <= 10; ++i) {
        failed(variants_.plain_name_of(variants_.all[i]));
    }
    choose(8s, 1);
    EXPECT_EQ(chosen().size(), 8U);
    ASSERT_EQ(variants_.reserve.size(), 2U);
    for (const auto index : variants_.reserve) {
        EXPECT_LE(index, 10U);
    }
}

TEST_F(ChooseTest, TestsThatWaitForTheSameCpusHaveATimeOfTheirOwn) {
    add_tests(1);
    for (auto& test : variants_.tests) {
        test.performance = true;
    }
    // What all with the same number of lanes take, one after the other, at most.
    const auto longest = [&] {
        std::map<unsigned, std::chrono::nanoseconds> by_lanes;
        for (const auto& variant : variants_.all) {
            if (variant.left == Left::runs) {
                by_lanes[lanes_of(variants_, variant, {.count = 64, .cpus = 64})] +=
                    times_.of(variants_, variant).time;
            }
        }
        return std::ranges::max(by_lanes | std::views::values);
    };
    const auto before = variants_;
    choose(20s, 64);
    EXPECT_GT(longest(), 20s) << "nobody knows better";
    variants_ = before;
    for (unsigned lanes = 1; lanes <= 64; ++lanes) {
        performance_at_once_[lanes] = 1;
    }
    const auto choice = choose(20s, 64);
    EXPECT_LE(longest(), 20s);
    EXPECT_GE(choice.expected, longest());
    EXPECT_LE(choice.expected, 20s);
}

TEST_F(ChooseTest, TimeEnoughCoversAllPairs) {
    add_tests(2);
    const auto all = choose(100'000s);
    EXPECT_EQ(all.pairs, all.all_pairs);
}

TEST_F(ChooseTest, TakesChangedTestsAsTheyAreDeclaredAfterWhatFailed) {
    add_tests(3);
    variants_.tests[2].changed = true;
    const auto one = times_.of(variants_, variants_.all.front()).time;
    choose(one, 1);
    EXPECT_THAT(chosen(), ElementsAre("t2"));
    for (auto& variant : variants_.all) {
        variant.left = Left::runs;
    }
    failed("t1");
    choose(times_.of(variants_, variants_.all.front()).time * 2, 1);
    EXPECT_THAT(chosen(), Contains("t1"));
    EXPECT_THAT(chosen(), Contains("t2"));
}

TEST_F(ChooseTest, FewVariantsCoverMostPairs) {
    add_tests(4);
    const auto choice = choose(100s);
    EXPECT_LT(choice.chosen, variants_.all.size() / 4);
    EXPECT_GT(choice.pairs * 10, choice.all_pairs * 9);
}

TEST_F(ChooseTest, WhatFailedLastComesFirst) {
    add_tests(3);
    failed("gauntlet/t2/odd-7llc/x+y");
    failed("t1");
    choose(2s, 1);
    EXPECT_THAT(chosen(), ElementsAre("t1", "gauntlet/t2/odd-7llc/x+y"));
}

TEST_F(ChooseTest, TheSameInputsGiveTheSameChoice) {
    add_tests(3);
    auto again = variants_;
    choose(90s);
    const auto first = chosen();
    std::swap(variants_, again);
    choose(90s);
    EXPECT_EQ(chosen(), first);
}

TEST_F(ChooseTest, TheSeedDecidesWhatFillsTheRest) {
    add_tests(3);
    const auto before = variants_;
    choose(300s, 2, 1);
    const auto first = chosen();
    variants_ = before;
    choose(300s, 2, 2);
    EXPECT_NE(chosen(), first);
}

TEST_F(ChooseTest, WhatDoesNotRunAnywayIsNotTouched) {
    add_tests(1);
    variants_.all[3].left = Left::no_room;
    const auto choice = choose(100'000s);
    EXPECT_EQ(variants_.all[3].left, Left::no_room);
    EXPECT_EQ(choice.chosen, variants_.all.size() - 1);
}

TEST(PairsTest, CountsEachOnce) {
    Pairs pairs(5);
    EXPECT_EQ(pairs.fresh({0, 2, 4}), 3U);
    pairs.add({0, 2, 4});
    EXPECT_EQ(pairs.fresh({0, 2, 4}), 0U);
    EXPECT_EQ(pairs.fresh({0, 2, 3}), 2U);
    pairs.add({0, 2, 3});
    EXPECT_EQ(pairs.count(), 5U);
}

} // namespace
} // namespace ktstr::planner
