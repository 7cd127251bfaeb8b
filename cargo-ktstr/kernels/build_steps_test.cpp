#include "cargo-ktstr/kernels/build_steps.hpp"
#include "ktstr-runner/store/test_support.hpp"

namespace ktstr::kernels {

using BuildStepsTest = store::StoreTest;

TEST_F(BuildStepsTest, AreThoseOfTheLastBuildOfTheSameBase) {
    const BuildSteps first(folder(), "defconfig");
    EXPECT_EQ(first.expected(), std::nullopt);
    EXPECT_EQ(first.words(12), "12 steps");
    first.keep(8000);
    const BuildSteps second(folder(), "defconfig");
    EXPECT_EQ(second.words(12), "12 of about 8000 steps");
    EXPECT_EQ(second.words(8001), "8001 steps");
    EXPECT_NE(BuildSteps(folder(), "lean").expected(), 8000U);
}

TEST_F(BuildStepsTest, OfAFewThatChangedTellNothing) {
    BuildSteps(folder(), "lean").keep(3);
    EXPECT_GT(BuildSteps(folder(), "lean").expected().value_or(0), 1000U);
}

} // namespace ktstr::kernels
