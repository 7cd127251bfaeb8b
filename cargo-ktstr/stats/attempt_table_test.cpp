#include "cargo-ktstr/stats/attempt_table.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

namespace {

using sidecar::Phase;
using sidecar::Reason;
using sidecar::Record;
using sidecar::Verdict;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Record> records() {
    Record passed{.run_id = "r", .binary_id = "nix::test", .test = "b"};
    passed.verdict = Verdict::pass;
    passed.reason = Reason::none;
    passed.wall_ns = 1'200'000'000;
    passed.phases_ns[static_cast<std::size_t>(Phase::boot)] = 900'000'000;
    passed.phases_ns[static_cast<std::size_t>(Phase::body)] = 5'000'000;
    Record failed{.run_id = "r", .binary_id = "nix::test", .test = "a", .attempt = 2};
    failed.verdict = Verdict::inconclusive;
    failed.reason = Reason::boot_failed;
    failed.wall_ns = 3'000'000'000;
    failed.phases_ns[static_cast<std::size_t>(Phase::boot)] = 2'900'000'000;
    return {passed, failed};
}

} // namespace

TEST(AttemptTable, HasALinePerAttemptAndTheTotals) {
    auto runs = runs_of(records());
    runs.damaged = {"x.json: not whole JSON"};
    EXPECT_EQ(all_attempts(runs),
              "verdict       reason         boot  body  total  test\n"
              "inconclusive  boot-failed   2.9 s     -  3.0 s  nix::test a (attempt 2)\n"
              "pass                       900 ms  5 ms  1.2 s  nix::test b\n"
              "median                      2.9 s  5 ms  3.0 s\n"
              "sum                         3.8 s  5 ms  4.2 s\n"
              "2 tests: 1 pass, 0 fail, 0 skip, 1 inconclusive; not counted: 1 damaged file\n");
}

TEST(AttemptTable, SaysHowManyPassedOnlyAfterARetry) {
    auto both = records();
    both[1].attempt = 1;
    both[1].test = "b";
    both[0].attempt = 2;
    EXPECT_THAT(all_attempts(runs_of(both)),
                EndsWith("1 test: 1 pass, 0 fail, 0 skip, 0 inconclusive; 1 attempt more, 1 test "
                         "passed only after a retry\n"));
}

TEST(AttemptTable, SaysHowManyProfilesAreLost) {
    auto both = records();
    both[0].files_kept = 2;
    EXPECT_THAT(all_attempts(runs_of(both)), Not(HasSubstr("profiles")));
    both[1].files_lost = 1;
    EXPECT_THAT(all_attempts(runs_of(both)), HasSubstr("; 1 of 3 profiles lost"));
}

TEST(AttemptTable, SaysWhatWasDeterministic) {
    const auto text = all_attempts(
        runs_of({deterministic(passed("t"), "d"), deterministic(passed("t"), "e", 8)}));
    EXPECT_THAT(text, HasSubstr("c::it t (deterministic, seed 7)\n"));
    EXPECT_THAT(text, EndsWith("2 tests: 2 pass, 0 fail, 0 skip, 0 inconclusive\n"))
        << "a seed is no retry";
}

TEST(AttemptTable, SaysWhatWasTriedAgain) {
    auto both = records();
    both[0].first_try = "qemu was killed";
    EXPECT_THAT(all_attempts(runs_of(both)),
                EndsWith("; 1 attempt tried again by itself, for its machine had failed\n"));
}

TEST(AttemptTable, SaysWhatWasThereTwice) {
    auto runs = runs_of(records());
    runs.identical = 2;
    EXPECT_THAT(all_attempts(runs), EndsWith("; 2 attempts there more than once, counted once\n"));
}

TEST(AttemptTable, OfManyItShowsWhatDidNotPassAndTheSlowest) {
    std::vector<Record> many;
    for (int i = 0; i < 100; ++i) {
        auto one = i == 50 ? failed("t50") : passed("t" + std::to_string(i));
        one.wall_ns = i == 50 ? 0 : i * 1'000'000'000LL;
        many.push_back(one);
    }
    const auto text = chosen_attempts(runs_of(many));
    EXPECT_THAT(text, HasSubstr("fail     test-failed"));
    EXPECT_THAT(text, HasSubstr("c::it t99\n"));
    EXPECT_THAT(text, HasSubstr("c::it t90\n"));
    EXPECT_THAT(text, Not(HasSubstr("c::it t89\n")));
    EXPECT_THAT(text, HasSubstr("89 attempts that passed not shown"));
    EXPECT_THAT(text, HasSubstr("100 tests: 99 pass, 1 fail"));
    EXPECT_THAT(all_attempts(runs_of(many)), HasSubstr("c::it t1\n"));
}

} // namespace ktstr::stats
