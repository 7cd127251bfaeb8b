#include "ktstr-runner/protocol/list_variants.hpp"

#include <gtest/gtest.h>

namespace ktstr::protocol {
namespace {

const std::vector<config::ListedKernel> two{
    {.label = "kernel_6_12", .kernel = "a"},
    {.label = "kernel_6_14", .kernel = "b"}
};

TEST(WithVariants, EachTestIsThereOnceForEveryKernel) {
    const auto* listing = "mod::a: test\nb: benchmark\n";
    EXPECT_EQ(with_variants(listing, two, [](const std::string&) { return true; }),
              "mod::a/kernel_6_12: test\nmod::a/kernel_6_14: test\n"
              "b/kernel_6_12: benchmark\nb/kernel_6_14: benchmark\n");
}

TEST(WithVariants, WhatBootsNothingAndWhatIsNoTestStays) {
    const auto* listing = "on_host: test\n\n2 tests, 0 benchmarks\nlast: test";
    EXPECT_EQ(with_variants(listing, two, [](const std::string& test) { return test == "last"; }),
              "on_host: test\n\n2 tests, 0 benchmarks\n"
              "last/kernel_6_12: test\nlast/kernel_6_14: test\n");
}

TEST(Only, WhatWasChosenIsLeft) {
    EXPECT_EQ(only("a: test\ngauntlet/a/x/default: test\n\nb: benchmark\n",
                   {"gauntlet/a/x/default", "b"}),
              "gauntlet/a/x/default: test\n\nb: benchmark\n");
}

TEST(WithIgnored, WhatIsIgnoredAlreadyIsThereOnce) {
    const std::vector<std::string> more{"mod::a", "a", "b/kernel_6_12"};
    EXPECT_EQ(with_ignored("mod::a: test\n", more), "mod::a: test\na: test\nb/kernel_6_12: test\n");
    EXPECT_EQ(with_ignored("", {}), "");
}

} // namespace
} // namespace ktstr::protocol
