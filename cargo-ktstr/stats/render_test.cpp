#include "cargo-ktstr/stats/render.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace ktstr::stats {

namespace {

using sidecar::Phase;
using sidecar::Reason;
using sidecar::Record;
using sidecar::Verdict;

Runs sample() {
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
    return {
        .directories = {"/t/run"},
        .records = {passed, failed},
        .damaged = {"x.json: not whole JSON"}
    };
}

} // namespace

TEST(Table, HasALinePerAttemptAndTheTotals) {
    EXPECT_EQ(as_table(sample()),
              "verdict       reason         boot  body  total  test\n"
              "inconclusive  boot-failed   2.9 s     -  3.0 s  nix::test a (attempt 2)\n"
              "pass                       900 ms  5 ms  1.2 s  nix::test b\n"
              "median                      2.9 s  5 ms  3.0 s\n"
              "sum                         3.8 s  5 ms  4.2 s\n"
              "2 tests: 1 pass, 0 fail, 0 skip, 1 inconclusive; not counted: 1 damaged file\n");
}

TEST(Table, SaysHowManyPassedOnlyAfterARetry) {
    auto run = sample();
    run.damaged.clear();
    run.records[1].attempt = 1;
    run.records[1].test = "b";
    run.records[0].attempt = 2;
    EXPECT_THAT(as_table(run),
                ::testing::EndsWith(
                    "1 test: 1 pass, 0 fail, 0 skip, 0 inconclusive; 1 attempt more, 1 test passed "
                    "only after a retry\n"));
}

TEST(Table, SaysWhatWasTriedAgain) {
    auto runs = sample();
    runs.damaged.clear();
    runs.records[0].first_try = "qemu was killed";
    EXPECT_THAT(
        as_table(runs),
        ::testing::EndsWith("; 1 attempt tried again by itself, for its machine had failed\n"));
}

TEST(Table, SaysWhatWasThereTwice) {
    auto runs = sample();
    runs.damaged.clear();
    runs.identical = 2;
    EXPECT_THAT(as_table(runs),
                ::testing::EndsWith("; 2 attempts in more than one directory, counted once\n"));
}

TEST(Json, HoldsTotalsAttemptsAndDamagedFiles) {
    const auto json = nlohmann::json::parse(as_json(sample()));
    EXPECT_EQ(json["schema"], 2);
    EXPECT_EQ(json["directories"], nlohmann::json::array({"/t/run"}));
    EXPECT_EQ(json["totals"]["tests"], 2);
    EXPECT_EQ(json["totals"]["inconclusive"], 1);
    EXPECT_EQ(json["totals"]["phases_ns"]["boot"]["sum"], 3'800'000'000);
    EXPECT_EQ(json["attempts"].size(), 2U);
    EXPECT_EQ(json["attempts"][0]["reason"], "boot-failed");
    EXPECT_EQ(json["damaged"], nlohmann::json::array({"x.json: not whole JSON"}));
}

} // namespace ktstr::stats
