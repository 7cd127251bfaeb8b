#include "cargo-ktstr/stats/github.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

sidecar::Record with_headline(const std::string& test, const std::string& headline) {
    auto record = failed(test);
    record.headline = headline;
    return record;
}

} // namespace

TEST(StepSummary, HasTheTotalsAndWhatDidNotPass) {
    const auto text = step_summary(
        runs_of({passed("a"), with_headline("b", "gap | of <b>5</b> s\n\x1b[2J"), passed("c")}));
    EXPECT_THAT(
        text,
        HasSubstr("| pass | fail | skip | inconclusive |\n|---|---|---|---|\n| 2 | 1 | 0 | 0 |\n"));
    EXPECT_THAT(text, HasSubstr("| c::it b | fail (test-failed) | gap \\| of &lt;b>5&lt;/b> s"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(step_summary(runs_of({passed("a")})), Not(HasSubstr("| test |")));
}

// A retry that passed is no failure.
TEST(StepSummary, TheLastAttemptCounts) {
    auto again = passed("b");
    again.attempt = 2;
    const auto text = step_summary(runs_of({failed("b"), again}));
    EXPECT_THAT(text, HasSubstr("1 passed only after a retry."));
    EXPECT_THAT(text, Not(HasSubstr("| test |")));
}

TEST(Annotations, AreAnErrorForEachFailure) {
    auto unsure = with_headline("u", "the host was busy");
    unsure.verdict = sidecar::Verdict::inconclusive;
    EXPECT_EQ(
        annotations(runs_of({with_headline("b", "100 % wrong,\nagain"), unsure, passed("a")})),
        "::error title=c%3A%3Ait b::100 %25 wrong, again\n"
        "::warning title=c%3A%3Ait u::the host was busy\n");
    EXPECT_EQ(annotations(runs_of({passed("a")})), "");
}

TEST(Annotations, OfManyAreAsManyAsAreShown) {
    std::vector<sidecar::Record> many;
    for (int i = 0; i < 30; ++i) {
        many.push_back(failed("t" + std::to_string(i)));
    }
    const auto text = annotations(runs_of(many));
    EXPECT_EQ(std::ranges::count(text, '\n'), 10);
    EXPECT_THAT(text, HasSubstr("21 more like these"));
}

} // namespace ktstr::stats
