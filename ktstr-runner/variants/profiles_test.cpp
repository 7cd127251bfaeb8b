#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/variants/profiles.hpp"

#include <gtest/gtest.h>

namespace ktstr::variants {
namespace {

using ::testing::ElementsAre;

const std::vector<Flag> flags{
    {.name = "llc",   .arguments = {"--llc"},              .needs = {}     },
    {.name = "steal", .arguments = {"--steal", "--eager"}, .needs = {"llc"}},
    {.name = "rebal", .arguments = {"--rebal"},            .needs = {}     },
};

std::vector<std::string> names(const FlagWishes& wishes) {
    std::vector<std::string> out;
    for (const auto profile : profiles(flags, wishes)) {
        out.push_back(profile_name(flags, profile));
    }
    return out;
}

TEST(Profiles, AllCombinationsThatHaveWhatTheyNeed) {
    EXPECT_THAT(
        names({}),
        ElementsAre("default", "llc", "rebal", "llc+steal", "llc+rebal", "llc+steal+rebal"));
    EXPECT_THAT(profiles({}, {}), ElementsAre(0));
}

TEST(Profiles, WhatIsRequiredIsThereWithItsNeedsAndWhatIsExcludedIsNot) {
    EXPECT_THAT(names({.required = {"steal"}, .excluded = {}}),
                ElementsAre("llc+steal", "llc+steal+rebal"));
    EXPECT_THAT(names({.required = {}, .excluded = {"llc"}}), ElementsAre("default", "rebal"));
}

TEST(Profiles, AProfileHasOneName) {
    for (const auto profile : profiles(flags, {})) {
        const auto named = profile_named(flags, profile_name(flags, profile));
        ASSERT_THAT(named, IsOk());
        EXPECT_EQ(*named, profile);
    }
    EXPECT_THAT(profile_named(flags, "rebal+llc"), IsErrorWith("did you mean `llc+rebal`"));
    EXPECT_THAT(profile_named(flags, "steal"), IsErrorWith("did you mean `llc+steal`"));
    EXPECT_THAT(profile_named(flags, "rebla"), IsErrorWith("did you mean `rebal`"));
    EXPECT_THAT(profile_named(flags, "llc+llc"), IsErrorWith("did you mean `llc`"));
    EXPECT_THAT(profile_named({}, "llc"), IsErrorWith("declares no flags"));
}

TEST(Profiles, ArgumentsAreInTheOrderOfTheFlags) {
    EXPECT_THAT(profile_arguments(flags, 0b111),
                ElementsAre("--llc", "--steal", "--eager", "--rebal"));
    EXPECT_THAT(profile_arguments(flags, 0), ElementsAre());
}

TEST(Flags, WhatCannotBeIsRefused) {
    EXPECT_THAT(check_flags(flags), IsOk());
    EXPECT_THAT(check_flags(std::vector<Flag>{
                    {.name = "a+b", .arguments = {}, .needs = {}}
    }),
                IsErrorWith("`a+b` cannot be a flag's name"));
    EXPECT_THAT(check_flags(std::vector<Flag>{
                    {.name = "default", .arguments = {}, .needs = {}}
    }),
                IsErrorWith("cannot be a flag's name"));
    EXPECT_THAT(check_flags(std::vector<Flag>{
                    {.name = "a", .arguments = {}, .needs = {}},
                    {.name = "a", .arguments = {}, .needs = {}}
    }),
                IsErrorWith("there twice"));
    EXPECT_THAT(check_flags(std::vector<Flag>{
                    {.name = "one", .arguments = {}, .needs = {"onee"}}
    }),
                IsErrorWith("did you mean `one`"));
    EXPECT_THAT(check_flags(std::vector<Flag>(most_flags + 1)), IsErrorWith("more than 12"));
}

TEST(Wishes, WhatTheSchedulerHasNotIsRefused) {
    EXPECT_THAT(check_wishes(flags, {.required = {"lcc"}, .excluded = {}}),
                IsErrorWith("did you mean `llc`"));
    EXPECT_THAT(check_wishes(flags, {.required = {"steal"}, .excluded = {"llc"}}),
                IsErrorWith("bring `llc`"));
    EXPECT_THAT(check_wishes(flags, {.required = {"steal"}, .excluded = {"rebal"}}), IsOk());
}

} // namespace
} // namespace ktstr::variants
