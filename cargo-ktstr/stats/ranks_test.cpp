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

double rank_sum(const Values& a, const Values& b) {
    const std::vector<Sample> one{
        {.a = a, .b = b}
    };
    return stats::rank_sum(one).p;
}

// Worked by hand: of the C(6, 3) = 20 ways to choose three ranks of six, one has the smallest sum.
TEST(RankSum, IsExactForFew) {
    EXPECT_DOUBLE_EQ(rank_sum({1, 2, 3}, {4, 5, 6}), 2.0 / 20);
    EXPECT_DOUBLE_EQ(rank_sum({4, 5, 6}, {1, 2, 3}), 2.0 / 20);
    EXPECT_DOUBLE_EQ(rank_sum({1, 2, 4}, {3, 5, 6}), 4.0 / 20);
    EXPECT_DOUBLE_EQ(rank_sum({1, 4, 5}, {2, 3, 6}), 1);
    EXPECT_DOUBLE_EQ(rank_sum({1}, {}), 1);
}

TEST(RankSum, TiesAreExactToo) {
    EXPECT_DOUBLE_EQ(rank_sum({7, 7, 7}, {7, 7, 7, 7}), 1);
    EXPECT_DOUBLE_EQ(rank_sum({1, 1, 1, 1, 1}, {2, 2, 2, 2, 2}), 2.0 / 252);
}

// Each sample has its ranks: of two with two and two values there are 6 times 6 ways.
TEST(RankSum, RanksWithinEachSample) {
    const std::vector<Sample> two{
        {.a = {1, 2},     .b = {3, 4}    },
        {.a = {100, 200}, .b = {300, 400}}
    };
    EXPECT_DOUBLE_EQ(stats::rank_sum(two).p, 2.0 / 36);
    EXPECT_DOUBLE_EQ(stats::rank_sum(two).least_p, 2.0 / 36);
    const std::vector<Sample> against{
        {.a = {1, 2},     .b = {3, 4}    },
        {.a = {300, 400}, .b = {100, 200}}
    };
    EXPECT_DOUBLE_EQ(stats::rank_sum(against).p, 1);
    EXPECT_DOUBLE_EQ(stats::rank_sum({}).least_p, 1);
}

// For many by the normal distribution: near the exact value where both can be had.
TEST(RankSum, TheApproximationIsNearTheExactValue) {
    Values a;
    Values b;
    for (int i = 0; i < 20; ++i) {
        a.push_back(2 * i);
        b.push_back(2 * i + 9);
    }
    const auto exact = rank_sum(a, b);
    b.push_back(30); // one more than is exact
    EXPECT_NEAR(rank_sum(a, b), exact, 0.02);
    EXPECT_GT(exact, 0.001);
    EXPECT_LT(exact, 0.3);
}

TEST(SignedRank, IsExactForFew) {
    EXPECT_DOUBLE_EQ(signed_rank(Values{1, 2, 3, 4, 5}).p, 2.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank(Values{-1, -2, -3, -4, -5}).p, 2.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank(Values{-1, 2, 3, 4, 5}).p, 4.0 / 32);
    EXPECT_DOUBLE_EQ(signed_rank(Values{1, 1, 1, 1, 1, 1, 1, 1}).p, 2.0 / 256) << "ties too";
    EXPECT_DOUBLE_EQ(signed_rank(Values{0, 0}).p, 1);
    EXPECT_DOUBLE_EQ(signed_rank(Values{1, 2, 3, 4, -5}).least_p, 2.0 / 32);
}

// The data of M. Hollander, D. A. Wolfe, "Nonparametric Statistical Methods", p. 29: V is 40, and
// R's wilcox.test(x, y, paired = TRUE, conf.int = TRUE) says p = 0.03906 and a pseudomedian of
// 0.46.
TEST(SignedRank, IsThatOfThePublishedExample) {
    const Values before{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    const Values after{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    Values differences;
    for (std::size_t i = 0; i < before.size(); ++i) {
        differences.push_back(after[i] - before[i]);
    }
    EXPECT_DOUBLE_EQ(signed_rank(differences).p, 20.0 / 512);
    EXPECT_NEAR(shift_of_pairs(differences), 0.46, 1e-12);
}

// Against all ways to give the differences their signs, with ties.
TEST(SignedRank, IsWhatEnumerationSays) {
    const Values differences{1, 1, 2, 2, 2, -1, 3, -2, 4, 5, -6};
    const Values ranks{2, 2, 5.5, 5.5, 5.5, 2, 8, 5.5, 9, 10, 11}; // by hand
    const auto sum_of = [&](auto is_positive) {
        double sum = 0;
        for (std::size_t i = 0; i < ranks.size(); ++i) {
            sum += is_positive(i) ? ranks[i] : 0;
        }
        return sum;
    };
    const auto seen = sum_of([&](std::size_t i) { return differences[i] > 0; });
    int below = 0;
    int above = 0;
    for (unsigned signs = 0; signs < 1U << ranks.size(); ++signs) {
        const auto sum = sum_of([&](std::size_t i) { return (signs >> i & 1U) != 0; });
        below += sum <= seen ? 1 : 0;
        above += sum >= seen ? 1 : 0;
    }
    EXPECT_DOUBLE_EQ(signed_rank(differences).p, 2.0 * std::min(below, above) / 2048);
}

TEST(ShiftOfPairs, IsTheMedianOfTheirMeans) {
    EXPECT_DOUBLE_EQ(shift_of_pairs(Values{1, 2, 9}), 3.5); // of 1, 1.5, 2, 5, 5.5, 9
    EXPECT_DOUBLE_EQ(shift_of_pairs({}), 0);
    EXPECT_DOUBLE_EQ(least_p_of_pairs(8), signed_rank(Values{1, 2, 3, 4, 5, 6, 7, 8}).p);
    EXPECT_GT(least_p_of_pairs(100'000), 0);
}

TEST(SignedRank, TheApproximationIsNearTheExactValue) {
    Values differences;
    for (int i = 1; i <= 25; ++i) {
        differences.push_back(i % 3 == 0 ? -i : i);
    }
    const auto exact = signed_rank(differences).p;
    differences.push_back(0.5);
    differences.push_back(-0.25);
    EXPECT_NEAR(signed_rank(differences).p, exact, 0.03);
}

TEST(Shift, IsTheMedianDifference) {
    EXPECT_DOUBLE_EQ(shift({
                         .a = {1,  2,  3 },
                           .b = {11, 12, 13}
    }),
                     10);
    EXPECT_DOUBLE_EQ(shift({.a = {}, .b = {1}}), 0);
    Sample large;
    for (int i = 0; i < 20000; ++i) {
        large.a.push_back(i);
        large.b.push_back(i + 7);
    }
    EXPECT_NEAR(shift(large), 7, 0.5);
}

// Three of 5 v 5 (least p 2/252) are too many for 1 in 100; one of them, and one of many values,
// are not.
TEST(CanTell, LeavesOutWhatCouldNotPassAmongSoMany) {
    EXPECT_THAT(can_tell(Values{0.0079, 0.0079, 0.0079}, 0.01), ElementsAre(false, false, false));
    EXPECT_THAT(can_tell(Values{0.0079}, 0.01), ElementsAre(true));
    EXPECT_THAT(can_tell(Values{0.0079, 1e-9}, 0.01), ElementsAre(false, true));
    EXPECT_THAT(can_tell(Values{1e-9, 1e-9, 0.5}, 0.01), ElementsAre(true, true, false));
}

TEST(NormalQuantile, IsTheKnownOne) {
    EXPECT_NEAR(normal_quantile(0.025), 1.95996, 1e-4);
    EXPECT_NEAR(normal_quantile(0.2), 0.84162, 1e-4);
}

TEST(Holm, IsAsStrictAsTheNumberOfTestsLeft) {
    EXPECT_THAT(
        holm(Values{0.01, 0.04, 0.03}),
        ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12), DoubleNear(0.06, 1e-12)));
    EXPECT_THAT(holm(Values{0.9, 0.8}), ElementsAre(1, 1));
    EXPECT_TRUE(holm({}).empty());
}

// What the tests promise: where nothing differs no more of them than that find a difference,
// however values lie in samples.
TEST(RankTests, ErrAsRarelyAsTheySay) {
    std::mt19937 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same samples each time
    std::lognormal_distribution<double> skewed(0, 1);
    constexpr int rounds = 2000;
    int wrong = 0;
    int wrong_pairs = 0;
    int wrong_strata = 0;
    for (int round = 0; round < rounds; ++round) {
        std::vector<Sample> one(1);
        std::vector<Sample> strata(25);
        Values differences(8);
        for (auto& difference : differences) {
            one[0].a.push_back(skewed(random));
            one[0].b.push_back(skewed(random));
            difference = skewed(random) - skewed(random);
        }
        for (std::size_t i = 0; i < strata.size(); ++i) {
            strata[i].a = {skewed(random)};
            strata[i].b = {skewed(random)};
            if (i == 0) { // one that was repeated
                strata[i].a.push_back(skewed(random));
            }
        }
        wrong += stats::rank_sum(one).p <= 0.05 ? 1 : 0;
        wrong_pairs += signed_rank(differences).p <= 0.05 ? 1 : 0;
        wrong_strata += stats::rank_sum(strata).p <= 0.05 ? 1 : 0;
    }
    for (const auto count : {wrong, wrong_pairs, wrong_strata}) {
        EXPECT_LT(count, rounds * 0.065);
        EXPECT_GT(count, rounds * 0.015);
    }
}

} // namespace
} // namespace ktstr::stats
