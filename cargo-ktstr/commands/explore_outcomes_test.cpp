#include "cargo-ktstr/commands/explore_outcomes.hpp"

#include <gmock/gmock.h>

namespace ktstr::commands {
namespace {

using sidecar::Verdict;
using testing::HasSubstr;
using testing::Not;

SeedResult result(std::uint64_t seed, std::optional<Verdict> verdict, std::string headline) {
    return {.seed = seed,
            .verdict = verdict,
            .headline = std::move(headline),
            .digest = std::to_string(seed % 3),
            .file = "/run/t-" + std::to_string(seed) + ".json"};
}

TEST(WithoutNumbers, TakesAFractionForOne) {
    EXPECT_EQ(without_numbers("left after 4.3 s: stall (w:79, 2.25 s)"),
              "left after # s: stall (w:#, # s)");
    EXPECT_EQ(without_numbers("12"), "#");
    EXPECT_EQ(without_numbers("ended. 7 more."), "ended. # more.");
    EXPECT_EQ(without_numbers("it took 5."), "it took #.");
    EXPECT_EQ(without_numbers(""), "");
}

TEST(Outcomes, HeadlinesThatDifferInNumbersAloneAreOneGroup) {
    Outcomes outcomes;
    outcomes.add(result(9, Verdict::fail, "stall (w:71, 2.0 s)"));
    outcomes.add(result(4, Verdict::fail, "stall (w:80, 2.1 s)"));
    outcomes.add(result(5, Verdict::fail, "exit code 3"));
    outcomes.add(result(6, Verdict::inconclusive, "exit code 3"));
    for (std::uint64_t seed = 10; seed < 20; ++seed) {
        outcomes.add(result(seed, Verdict::pass, "passed"));
    }
    EXPECT_EQ(outcomes.seeds(), 14U);
    EXPECT_EQ(outcomes.of(Verdict::fail), 3U);
    EXPECT_EQ(outcomes.of(Verdict::inconclusive), 1U);
    EXPECT_EQ(outcomes.of(Verdict::skip), 0U);
    EXPECT_EQ(outcomes.text(),
              "     10  pass (3 different runs)\n"
              "      2  fail: stall (w:71, 2.0 s) (2 different runs)\n"
              "         seed 4: cargo ktstr replay /run/t-4.json\n"
              "         seed 9: cargo ktstr replay /run/t-9.json\n"
              "      1  fail: exit code 3 (1 different run)\n"
              "         seed 5: cargo ktstr replay /run/t-5.json\n"
              "      1  inconclusive: exit code 3 (1 different run)\n"
              "         seed 6: cargo ktstr replay /run/t-6.json\n");
}

TEST(Outcomes, OfManySeedsTheFirstAreShown) {
    Outcomes outcomes;
    for (std::uint64_t seed = 30; seed > 0; --seed) {
        outcomes.add(result(seed, Verdict::fail, "stall"));
    }
    const auto text = outcomes.text();
    EXPECT_THAT(text, HasSubstr("30  fail: stall"));
    EXPECT_THAT(text, HasSubstr("seed 1:"));
    EXPECT_THAT(text, HasSubstr("seed 8:"));
    EXPECT_THAT(text, Not(HasSubstr("seed 9:")));
    EXPECT_THAT(text, HasSubstr("and 22 more\n"));
}

TEST(Outcomes, WithoutAVerdictTheOutputIsNamed) {
    Outcomes outcomes;
    auto unbegun = result(7, Verdict::inconclusive, "no kernel");
    unbegun.digest.clear();
    outcomes.add(unbegun);
    outcomes.add({.seed = 3,
                  .verdict = {},
                  .headline = "the runner ended with exit code 3",
                  .digest = {},
                  .file = "/run/output/seed-3.txt"});
    EXPECT_EQ(outcomes.without_verdict(), 1U);
    EXPECT_EQ(outcomes.text(),
              "      1  inconclusive: no kernel (1 different run)\n"
              "         seed 7: it did not begin, see /run/t-7.json\n"
              "      1  no verdict: the runner ended with exit code 3\n"
              "         seed 3: its output is in /run/output/seed-3.txt\n");
}

} // namespace
} // namespace ktstr::commands
