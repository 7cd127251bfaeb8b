#include "guest/wire/random.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ktstr::wire {

// The first numbers of the reference implementation (Vigna, splitmix64.c) for seed 1234567.
TEST(Random, IsSplitmix64) {
    Random random(1'234'567);
    EXPECT_EQ(random.next(), 6457827717110365317ULL);
    EXPECT_EQ(random.next(), 3203168211198807973ULL);
    EXPECT_EQ(random.next(), 9817491932198370423ULL);
}

TEST(Random, EachThingThatIsVariedHasNumbersOfItsOwn) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        for (const auto what : {Varied::turns, Varied::program, Varied::engine, Varied::slack}) {
            seen.insert(seed_of(seed, what));
        }
    }
    EXPECT_EQ(seen.size(), 4000U);
    EXPECT_EQ(seen.count(0), 0U);
}

TEST(Random, ZeroAndTestsOwnSeedsVaryNothing) {
    for (const auto what : {Varied::turns, Varied::program, Varied::engine, Varied::slack}) {
        EXPECT_EQ(seed_of(0, what), 0U);
        for (const auto hash : {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
            EXPECT_EQ(seed_of(own_seed(hash), what), 0U) << hash;
        }
        EXPECT_NE(seed_of(first_plain_seed - 1, what), 0U);
    }
    EXPECT_NE(own_seed(1), own_seed(2));
}

TEST(Random, AShuffleHasEachOnceAndSeedsHaveOthers) {
    std::set<std::vector<unsigned>> orders;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const auto order = shuffled(4, random);
        EXPECT_THAT(order, testing::UnorderedElementsAre(0, 1, 2, 3));
        orders.insert(order);
    }
    EXPECT_EQ(orders.size(), 24U); // all that there are
    Random random(1);
    EXPECT_THAT(shuffled(0, random), testing::IsEmpty());
}

} // namespace ktstr::wire
