#include "cargo-ktstr/planner/budget.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace ktstr::planner {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSubsetOf;

// Tests of one binary, each with a gauntlet of all presets and of the profiles of two flags.
class ChooseTest : public testing::Test {
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
                .time = time, .lanes = {.count = lanes, .cpus = 64},
                     .seed = seed
        },
            times_,
            variants_);
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

    void failed(const std::string& name) {
        sidecar::Record record;
        record.binary_id = "c::it";
        record.test = name;
        record.kernel_key = "k";
        record.machine = "qemu, tcg";
        record.verdict = sidecar::Verdict::fail;
        record.wall_ns = 1'000'000'000;
        history_.add(record);
    }

    nextest::TestList list_;
    std::vector<PlannedKernel> kernels_{
        {.spec = "k", .label = {}, .entry = {.key = "k"}}
    };
    History history_;
    Variants variants_;
    Times times_{.list = list_, .kernels = kernels_, .history = history_};
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
        EXPECT_EQ(choice.chosen + choice.left_out, variants_.all.size());
    }
}

TEST_F(ChooseTest, FillsTheTime) {
    add_tests(3);
    const auto choice = choose(60s);
    EXPECT_GT(choice.expected, 57s); // what is left is too short for any
    EXPECT_EQ(choose(100'000s).left_out, 0U);
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
