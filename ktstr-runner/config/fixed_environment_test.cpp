#include "ktstr-runner/config/fixed_environment.hpp"

#include <gmock/gmock.h>

namespace ktstr::config {

namespace {

using ::testing::ElementsAre;

TEST(FixedEnvironment, WhatDiffersFromRunToRunDoesNot) {
    EXPECT_THAT(fixed_environment({"USER=root",
                                   "NEXTEST_RUN_ID=9",
                                   "NEXTEST_TEST_GLOBAL_SLOT=7",
                                   "NEXTEST_STRESS_CURRENT=3",
                                   "GITHUB_RUN_ID=1",
                                   "CI=true",
                                   "A=NEXTEST_RUN_ID"}),
                ElementsAre("A=NEXTEST_RUN_ID",
                            "CI=true",
                            "NEXTEST_RUN_ID=00000000-0000-0000-0000-000000000000",
                            "NEXTEST_TEST_GLOBAL_SLOT=0",
                            "USER=root"));
}

} // namespace

} // namespace ktstr::config
