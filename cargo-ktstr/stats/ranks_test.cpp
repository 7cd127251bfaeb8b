#include "cargo-ktstr/stats/ranks.hpp"

#include <gmock/gmock.h>

#include <random>

namespace ktstr::stats {
namespace {

using Values = std::vector<double>;
using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(Median, IsTheMiddle) {
    EXPECT_DOUBLE_EQ(median({3}), 3);
    EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
    EXPECT_DOUBLE_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(Deviation, IsNotMovedByOneThatIsFarOff) {
    const Values values{1, 2, 3, 4, 5};
    EXPECT_DOUBLE_EQ(deviation(values, 3), 1.4826);
    const Values far{1, 2, 3, 4, 5000};
    EXPECT_DOUBLE_EQ(deviation(far, 3), 1.4826);
    EXPECT_DOUBLE_EQ(deviation({}, 0), 0);
}

// Worked by hand: of the C(6, 3) = 20 ways to choose three ranks of six, one has the smallest sum.
TEST(MannWhitney, IsExactForFew) {
    EXPECT_DOUBLE_EQ(mann_whitney(Values{1, 2, 3}, Values{4, 5, 6}), 2.0 / 20);
    EXPECT_DOUBLE_EQ(mann_whitney(Values{4, 5, 6}, Values{1, 2, 3}), 2.0 / 20);
    EXPECT_DOUBLE_EQ(mann_whitney(Values{1, 2, 4}, Values{3, 5, 6}), 4.0 / 20);
    EXPECT_DOUBLE_EQ(mann_whitney(Values{1, 4, 5}, Values{2, 3, 6}), 1);
    EXPECT_DOUBLE_EQ(mann_whitney(Values{1}, Values{}), 1);
    EXPECT_DOUBLE_EQ(least_mann_whitney(3, 3), 2.0 / 20);
    EXPECT_DOUBLE_EQ(least_mann_whitney(1, 1), 1);
    EXPECT_DOUBLE_EQ(least_mann_whitney(5, 0), 1);
}

TEST(MannWhitney, OfEqualValuesNothingIsSaid) {
    EXPECT_DOUBLE_EQ(mann_whitney(Values{7, 7, 7}, Values{7, 7, 7, 7}), 1);
}

// With ties and for many the normal distribution: near the exact value where both can be had.
TEST(MannWhitney, TheApproximationIsNearTheExactValue) {
    Values a;
    Values b;
    for (int i = 0; i < 20; ++i) {
        a.push_back(2 * i);
        b.push_back(2 * i + 9);
    }
    const auto exact = mann_whitney(a, b);
    auto tied = a;
    tied[3] = tied[4]; // one tie: approximated
    EXPECT_NEAR(mann_whitney(tied, b), exact, 0.01);
    EXPECT_GT(exact, 0.001);
    EXPECT_LT(exact, 0.2);
}

TEST(SignedRank, IsExactForFew) {
    EXPECT_DOUBLE_EQ(signed_rank(Values{1, 2, 3, 4, 5}), 2.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank(Values{-1, -2, -3, -4, -5}), 2.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank(Values{-1, 2, 3, 4, 5}), 4.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank(Values{0, 0}), 1);
    EXPECT_DOUBLE_EQ(least_signed_rank(5), 2.0 / 32);
}

TEST(SignedRank, TheApproximationIsNearTheExactValue) {
    Values differences;
    for (int i = 1; i <= 25; ++i) {
        differences.push_back(i % 3 == 0 ? -i : i);
    }
    const auto exact = signed_rank(differences);
    differences.push_back(0.5);
    differences.push_back(-0.25);
    EXPECT_NEAR(signed_rank(differences), exact, 0.03);
}

TEST(Shift, IsTheMedianDifference) {
    EXPECT_DOUBLE_EQ(shift(Values{1, 2, 3}, Values{11, 12, 13}), 10);
    EXPECT_DOUBLE_EQ(shift(Values{}, Values{1}), 0);
}

TEST(Holm, IsAsStrictAsTheNumberOfTestsLeft) {
    EXPECT_THAT(
        holm(Values{0.01, 0.04, 0.03}),
        ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12), DoubleNear(0.06, 1e-12)));
    EXPECT_THAT(holm(Values{0.9, 0.8}), ElementsAre(1, 1));
    EXPECT_TRUE(holm({}).empty());
}

// What the tests promise: of two samples of one distribution no more than the rate differ.
TEST(RankTests, ErrAsRarelyAsTheySay) {
    std::mt19937 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same samples each time
    std::lognormal_distribution<double> skewed(0, 1);
    constexpr int rounds = 2000;
    int wrong = 0;
    int wrong_pairs = 0;
    for (int round = 0; round < rounds; ++round) {
        Values a(8);
        Values b(8);
        Values differences(8);
        for (std::size_t i = 0; i < a.size(); ++i) {
            a[i] = skewed(random);
            b[i] = skewed(random);
            differences[i] = b[i] - a[i];
        }
        wrong += mann_whitney(a, b) <= 0.05 ? 1 : 0;
        wrong_pairs += signed_rank(differences) <= 0.05 ? 1 : 0;
    }
    EXPECT_LT(wrong, rounds * 0.065);
    EXPECT_GT(wrong, rounds * 0.02);
    EXPECT_LT(wrong_pairs, rounds * 0.065);
    EXPECT_GT(wrong_pairs, rounds * 0.02);
}

} // namespace
} // namespace ktstr::stats
