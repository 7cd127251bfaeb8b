#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/variants/gauntlet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace ktstr::variants {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

constexpr Room two_cpus{.cpus = 2, .overcommit = 8};

Scheduler with_flags() {
    Scheduler scheduler;
    scheduler.arguments = {"--verbose"};
    scheduler.flags = {
        {.name = "llc",   .arguments = {"--llc"},   .needs = {}     },
        {.name = "steal", .arguments = {"--steal"}, .needs = {"llc"}}
    };
    return scheduler;
}

variants::Test small_test() {
    variants::Test test;
    test.name = "t";
    test.constraints = {.max_llcs = 2};
    return test;
}

TEST(Gauntlet, HasEveryPresetWithTheReasonWhereItDoesNotRun) {
    const auto gauntlet = gauntlet_of(small_test(), nullptr, two_cpus);
    ASSERT_TRUE(gauntlet);
    ASSERT_EQ(gauntlet->presets.size(), presets().size());
    EXPECT_THAT(gauntlet->profiles, ElementsAre(0));
    const auto why = [&](std::string_view name) {
        return std::ranges::find(
                   gauntlet->presets, name, [](const auto& fit) { return fit.preset->name; })
            ->why_not;
    };
    EXPECT_EQ(why("tiny-2llc"), std::nullopt);
    EXPECT_EQ(why("odd-3llc"), "it wants at most 2 LLCs");
    variants::Test any;
    any.name = "any";
    const auto of_any = gauntlet_of(any, nullptr, two_cpus);
    EXPECT_EQ(of_any->presets.back().why_not,
              "252 vCPUs are more than 8 for each of the 2 CPUs of the host");
}

TEST(Gauntlet, NamesAreThoseThatRun) {
    const auto scheduler = with_flags();
    EXPECT_THAT(gauntlet_names(small_test(), &scheduler, two_cpus),
                IsSupersetOf({"gauntlet/t/tiny-1llc/default",
                              "gauntlet/t/tiny-1llc/llc",
                              "gauntlet/t/tiny-1llc/llc+steal",
                              "gauntlet/t/tiny-2llc/default"}));
    auto on_host = small_test();
    on_host.host_only = true;
    EXPECT_THAT(gauntlet_names(on_host, nullptr, two_cpus), IsEmpty());
}

TEST(Gauntlet, ANameIsInItOnlyIfItsTestIsDeclaredAndNoneIsCalledSo) {
    Declarations declarations;
    declarations.tests = {small_test()};
    const auto found = in_gauntlet(declarations, "gauntlet/t/tiny-1llc/default");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->test, "t");
    EXPECT_FALSE(in_gauntlet(declarations, "gauntlet/other/tiny-1llc/default"));
    EXPECT_FALSE(in_gauntlet(declarations, "t"));
    auto called_so = small_test();
    called_so.name = "gauntlet/t/tiny-1llc/default";
    declarations.tests.push_back(called_so);
    EXPECT_FALSE(in_gauntlet(declarations, called_so.name));
}

TEST(Gauntlet, ACellIsATopologyAndArguments) {
    auto scheduler = with_flags();
    auto test = small_test();
    ASSERT_THAT(put_into({.preset = "tiny-2llc", .profile = "llc+steal"}, test, &scheduler),
                IsOk());
    EXPECT_EQ(test.topology.text(), "1n2l2c1t");
    EXPECT_THAT(scheduler.arguments, ElementsAre("--verbose", "--llc", "--steal"));
}

TEST(Gauntlet, WhatIsNotForTheTestIsRefused) {
    auto scheduler = with_flags();
    auto test = small_test();
    EXPECT_THAT(put_into({.preset = "tiny-2lc", .profile = "default"}, test, &scheduler),
                IsErrorWith("did you mean `tiny-2llc`"));
    EXPECT_THAT(put_into({.preset = "odd-3llc", .profile = "default"}, test, &scheduler),
                IsErrorWith("does not run on odd-3llc (1n3l3c1t): it wants at most 2 LLCs"));
    EXPECT_THAT(put_into({.preset = "tiny-2llc", .profile = "lcc"}, test, &scheduler),
                IsErrorWith("did you mean `llc`"));
    EXPECT_THAT(put_into({.preset = "tiny-2llc", .profile = "llc"}, test, nullptr),
                IsErrorWith("declares no flags"));
    test.flags.excluded = {"llc"};
    EXPECT_THAT(put_into({.preset = "tiny-2llc", .profile = "llc"}, test, &scheduler),
                IsErrorWith("do not allow the profile `llc`"));
    EXPECT_THAT(scheduler.arguments, ElementsAre("--verbose"));
}

TEST(Gauntlet, ATestAsItIsDeclaredHasTheFlagsThatItRequires) {
    auto scheduler = with_flags();
    auto test = small_test();
    put_required_flags(test, scheduler);
    EXPECT_THAT(scheduler.arguments, ElementsAre("--verbose"));
    test.flags.required = {"steal"};
    put_required_flags(test, scheduler);
    EXPECT_THAT(scheduler.arguments, ElementsAre("--verbose", "--llc", "--steal"));
}

} // namespace
} // namespace ktstr::variants
