#include "ktstr-runner/session/measured_text.hpp"

#include <gmock/gmock.h>

namespace ktstr::session {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Json measured(const char* text) {
    auto json = parse_json(text);
    return json ? *json : Json();
}

} // namespace

TEST(StatsTable, HasALineForEachPhaseAndCgroup) {
    const auto table = stats_table(measured(R"({"results": [{"phases": [
        {"name": "baseline"},
        {"name": "step 0", "cgroups": {
            "a": {"num_workers": 2, "total_iterations": 1200, "total_cpu_time_ns": 1500000000,
                  "run_delay": {"mean_us": 12.4, "worst_us": 9000}, "wake": {"p99_us": 77},
                  "max_gap_ms": 12.55, "total_migrations": 3},
            "b": {}}}]}]})"));
    EXPECT_THAT(table, HasSubstr("phase"));
    EXPECT_THAT(table,
                testing::ContainsRegex("step 0 +a +2 +1200 +1500 +12 +9000 +77 +12.[56] +3"));
    EXPECT_THAT(table, testing::ContainsRegex("step 0 +b +- +- +-"));
    EXPECT_THAT(table, Not(HasSubstr("baseline")));
}

TEST(StatsTable, WhateverTheGuestSaysIsHarmless) {
    for (const auto* odd : {"{}",
                            "[]",
                            "7",
                            R"({"results": 7})",
                            R"({"results": [7, {"phases": {}}]})",
                            R"({"results": [{"phases": [1, {"cgroups": []}]}]})"}) {
        EXPECT_EQ(stats_table(measured(odd)), "") << odd;
        EXPECT_EQ(timeline(measured(odd)), "") << odd;
    }
    EXPECT_EQ(stats_table(Json()), "");
    const auto table =
        stats_table(measured("{\"results\": [{\"phases\": [{\"name\": 1, \"cgroups\": "
                             "{\"a\\u001b[2J\": {\"wake\": 7, \"num_workers\": \"x\"}}}]}]}"));
    EXPECT_THAT(table, AllOf(HasSubstr("a\uFFFD[2J"), Not(HasSubstr("\x1b"))));
}

TEST(StatsTable, ALongOneIsCut) {
    Json json =
        Json::parse(R"({"results": [{"phases": [{"name": "s", "cgroups": {}}], "timeline": []}]})");
    for (int i = 0; i < 100; ++i) {
        json["results"][0]["phases"][0]["cgroups"]["c" + std::to_string(i)] = Json::object();
        json["results"][0]["timeline"].push_back({
            {"at",   i * 1000000},
            {"what", "w"        }
        });
    }
    EXPECT_THAT(stats_table(json), HasSubstr("(40 more lines)"));
    EXPECT_THAT(timeline(json), HasSubstr("(40 more lines)"));
}

TEST(Timeline, SaysWhatHappenedWhen) {
    EXPECT_EQ(timeline(measured(R"({"results": [{"timeline":
        [{"at": 1500000000, "what": "scheduler detached"}, {"what": "no time"}]}]})")),
              "    1.500 s  scheduler detached\n");
}

} // namespace ktstr::session
