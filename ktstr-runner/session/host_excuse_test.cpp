#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/session/host_excuse.hpp"

#include <gtest/gtest.h>

namespace ktstr::session {
namespace {

using Details = std::vector<std::string>;

Json told(const std::string& checks) {
    auto json = parse_json(R"({"results": [{"checks": [)" + checks + "]}]}");
    EXPECT_THAT(json, IsOk());
    return *json;
}

std::string check(const char* name,
                  double limit,
                  double worst,
                  bool at_most,
                  bool of_time = true,
                  const char* outcome = "failed") {
    return print_json(Json{
        {"name",    name   },
        {"limit",   limit  },
        {"worst",   worst  },
        {"at_most", at_most},
        {"of_time", of_time},
        {"outcome", outcome},
        {"detail",  name   }
    });
}

const auto gap = check("max_gap_ms", 1000, 2000, true);
const auto rate = check("min_work_rate", 100, 50, false);
const auto spread = check("max_spread_pct", 10, 20, true);
const auto strays = check("isolation", 0, 1, true, false);
const auto none_at_all = check("not_starved", 1, 0, false);

bool excused(const std::string& checks, const Details& details, GivenShare given) {
    return host_may_be_why(told(checks), details, given);
}

TEST(HostExcuse, AGapIsShortenedByTheWorstSecondAndTheTimeThatWasLost) {
    const Details details{"max_gap_ms"};
    EXPECT_TRUE(excused(gap, details, {.worst = 0.5, .mean = 0.9, .lost_ms = 1000}));
    EXPECT_FALSE(excused(gap, details, {.worst = 0.51, .mean = 0.5, .lost_ms = 5000}));
    EXPECT_FALSE(excused(gap, details, {.worst = 0.01, .mean = 0.9, .lost_ms = 999}));
    const auto wake = check("max_p99_wake_latency_ns", 1e6, 2e6, true);
    EXPECT_TRUE(
        excused(wake, {"max_p99_wake_latency_ns"}, {.worst = 0.5, .mean = 1, .lost_ms = 1}));
    EXPECT_FALSE(
        excused(wake, {"max_p99_wake_latency_ns"}, {.worst = 0.5, .mean = 1, .lost_ms = 0.9}));
}

TEST(HostExcuse, WhatIsMeasuredOverAPhaseIsHeldToTheMean) {
    for (const auto& [checks, name] :
         {std::pair(rate, "min_work_rate"), std::pair(spread, "max_spread_pct")}) {
        EXPECT_TRUE(excused(checks, {name}, {.worst = 0.5, .mean = 0.5, .lost_ms = 9})) << name;
        EXPECT_FALSE(excused(checks, {name}, {.worst = 0.01, .mean = 0.51, .lost_ms = 9999}))
            << name;
    }
}

TEST(HostExcuse, NoneOnAnIdleHost) {
    for (const auto& one : {gap, rate, spread, none_at_all}) {
        const auto name = parse_json(one)->at("name").get<std::string>();
        EXPECT_FALSE(excused(one, {name}, {})) << name;
    }
    // What holds, or cannot be told, has no failure to excuse.
    EXPECT_FALSE(excused(check("max_gap_ms", 1000, 5, true, true, "passed"),
                         {"max_gap_ms"},
                         {.worst = 0.1, .mean = 0.1, .lost_ms = 9999}));
    EXPECT_FALSE(excused(check("max_gap_ms", 1000, 0, true, true, "inconclusive"),
                         {"max_gap_ms"},
                         {.worst = 0.1, .mean = 0.1, .lost_ms = 9999}));
    EXPECT_FALSE(excused(gap, {""}, {.worst = 0.1, .mean = 0.1, .lost_ms = 9999}));
}

TEST(HostExcuse, NoneForWhatIsNotOfTimeAndForNoProgressAtAll) {
    EXPECT_FALSE(excused(strays, {"isolation"}, {.worst = 0.1, .mean = 0.1, .lost_ms = 9999}));
    EXPECT_FALSE(
        excused(none_at_all, {"not_starved"}, {.worst = 0.01, .mean = 0.1, .lost_ms = 9999}));
    EXPECT_TRUE(
        excused(none_at_all, {"not_starved"}, {.worst = 0.01, .mean = 0.09, .lost_ms = 9999}));
}

TEST(HostExcuse, EveryDetailMustHaveOne) {
    const auto both = gap + "," + strays;
    const GivenShare busy{.worst = 0.4, .mean = 0.4, .lost_ms = 9999};
    EXPECT_TRUE(excused(both, {"max_gap_ms", "max_gap_ms"}, busy)); // the headline is a detail too
    EXPECT_FALSE(excused(both, {"max_gap_ms", "isolation"}, busy));
    EXPECT_FALSE(excused(both, {"max_gap_ms", "a claim of the test"}, busy));
    EXPECT_FALSE(excused(both, {}, busy));
}

TEST(HostExcuse, WhatCannotBeReadExcusesNothing) {
    const Details details{"x"};
    for (const auto* text : {"null",
                             "{}",
                             R"({"results": 1})",
                             R"({"results": [{"checks": [3, {"detail": 4, "of_time": 1}]}]})"}) {
        EXPECT_FALSE(host_may_be_why(*parse_json(text), details, {.worst = 0.1, .mean = 0.1}))
            << text;
    }
}

TEST(TookTheTime, OfWhoWantedToRunAndCouldNot) {
    EXPECT_TRUE(took_the_time({.worst = 0.01, .mean = 0.07, .missing = 0.8, .lost = 0.9}));
    EXPECT_FALSE(took_the_time({.worst = 0.01, .mean = 0.6, .missing = 0.8, .lost = 0.9}))
        << "it had most of it";
    EXPECT_FALSE(took_the_time({.worst = 1, .mean = 0.1, .missing = 0.05, .lost = 0.9}))
        << "it slept";
    EXPECT_FALSE(took_the_time({.worst = 0.1, .mean = 0.2, .missing = 0.6, .lost = 0.1}))
        << "many CPUs were missing for a while, long before the end";
}

} // namespace
} // namespace ktstr::session
