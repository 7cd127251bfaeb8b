#include "cargo-ktstr/stats/json.hpp"
#include "cargo-ktstr/stats/testing_runs.hpp"
#include "ktstr-runner/base/json.hpp"

#include <gmock/gmock.h>

namespace ktstr::stats {

TEST(StatsJson, IsOneDocumentWithALinePerAttempt) {
    auto good = passed("gauntlet/t/tiny-1llc/default", R"({"programs": [
        {"name": "enqueue", "verified_insns": 9, "run_cnt": 2, "run_time_ns": 10}],
        "events": {"SCX_EV_X": 4}, "results": [{"work": ["bursty"],
        "cgroups": {"a": {"max_gap_ms": 7.5}}}]})");
    good.schedulers = {{.name = "scx_a"}};
    good.phases_ns[static_cast<std::size_t>(sidecar::Phase::body)] = 5;
    auto bad = deterministic(failed("u"), "5ba3");
    bad.headline = "no good";
    auto runs = runs_of({good, bad});
    runs.read = {
        {.directory = "/t/run", .source = {.commit = "0123", .dirty = true, .unknown = {}}},
        {.directory = "/t/old", .source = {.commit = {}, .unknown = "no git"}             }
    };
    runs.damaged = {"x.json: not whole JSON"};
    const auto text = as_json(runs);
    const auto json = parse_json(text);
    ASSERT_TRUE(json) << text;
    EXPECT_EQ((*json)["schema"], 3);
    EXPECT_EQ((*json)["directories"], Json::array({"/t/run", "/t/old"}));
    EXPECT_EQ((*json)["runs"][0]["commit"], "0123");
    EXPECT_EQ((*json)["runs"][0]["dirty"], true);
    EXPECT_TRUE((*json)["runs"][1]["dirty"].is_null());
    EXPECT_EQ((*json)["runs"][1]["unknown"], "no git");
    EXPECT_EQ((*json)["totals"]["tests"], 2);
    EXPECT_EQ((*json)["totals"]["phases_ns"]["body"]["sum"], 5);
    EXPECT_EQ((*json)["programs"][0]["verified_insns"], 9);
    EXPECT_EQ((*json)["events"][0]["count"], 4);
    EXPECT_TRUE((*json)["vcpus"].is_null());
    EXPECT_EQ((*json)["gauntlet"]["by_test"].size(), 2U);
    EXPECT_EQ((*json)["damaged"], Json::array({"x.json: not whole JSON"}));
    const auto& attempts = (*json)["attempts"];
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0]["test"], "gauntlet/t/tiny-1llc/default");
    EXPECT_EQ(attempts[0]["metrics"]["max_gap"], 7.5);
    EXPECT_EQ(attempts[0]["work"], "bursty");
    EXPECT_FALSE(attempts[0].contains("headline"));
    EXPECT_FALSE(attempts[0].contains("deterministic"));
    EXPECT_EQ(attempts[1]["deterministic"], true);
    EXPECT_EQ(attempts[1]["seed"], 7U);
    EXPECT_EQ(attempts[1]["digest"], "5ba3");
    EXPECT_EQ(attempts[1]["reason"], "test-failed");
    EXPECT_EQ(attempts[1]["headline"], "no good");
}

} // namespace ktstr::stats
