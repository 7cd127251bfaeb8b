#include "ktstr-runner/protocol/vm_result.hpp"

#include <gmock/gmock.h>

namespace ktstr::protocol {

namespace {

Json of(const char* text) {
    auto json = parse_json(text);
    return json ? *json : Json();
}

} // namespace

TEST(MergedResults, OneIsItself) {
    const auto one = of(R"({"verdict": "pass", "phases": [{"index": 0}], "extra": 1})");
    EXPECT_EQ(merged_results({
                  {"results", {one}}
    }),
              one);
}

TEST(MergedResults, SeveralAreOneAfterTheOther) {
    const auto merged = merged_results(of(R"({"results": [
        {"verdict": "pass", "details": [], "phases": [{"index": 0, "name": "baseline"}, {"index": 1}],
         "cgroups": {"a": {"n": 1}, "b": {}}, "duration": 5, "timeline": [{"at": 1}]},
        {"verdict": "fail", "details": ["x"], "phases": [{"index": 0}], "cgroups": {"a": {"n": 2}},
         "duration": 6}]})"));
    EXPECT_EQ(merged["verdict"], "fail");
    EXPECT_EQ(merged["details"], Json({"x"}));
    ASSERT_EQ(merged["phases"].size(), 3U);
    EXPECT_EQ(merged["phases"][2]["index"], 2);
    EXPECT_EQ(merged["cgroups"]["a"]["n"], 2);
    EXPECT_TRUE(merged["cgroups"].contains("b"));
    EXPECT_EQ(merged["duration"], 11);
}

TEST(MergedResults, WhateverTheGuestSaysIsHarmless) {
    for (const auto* odd : {"{}", "[]", "null", R"({"results": 7})", R"({"results": [7, []]})"}) {
        EXPECT_TRUE(merged_results(of(odd)).is_null()) << odd;
    }
    const auto merged = merged_results(
        of(R"({"results": [{"phases": 7, "cgroups": [], "verdict": 1, "duration": "x"},
                           {"phases": [7], "cgroups": {"a": 1}, "duration": 5}]})"));
    EXPECT_EQ(merged["verdict"], "inconclusive");
}

TEST(VmResult, SaysHowItWentAndGivesTheSchedulerInTrouble) {
    session::Outcome outcome;
    outcome.record.verdict = sidecar::Verdict::fail;
    outcome.record.reason = sidecar::Reason::scheduler_stall;
    outcome.record.headline = "h";
    outcome.record.exit_code = 1;
    outcome.report = wire::Report{.wall_ns = 9};
    outcome.story.emplace();
    outcome.story->schedulers.resize(2);
    outcome.story->schedulers[0].end = wire::SchedulerEnd::clean;
    outcome.story->schedulers[0].log = "a\n";
    outcome.story->schedulers[1].name = "second";
    outcome.story->schedulers[1].end = wire::SchedulerEnd::stall;
    outcome.story->schedulers[1].log = "b\n";
    const auto json = of(vm_result(outcome).c_str());
    EXPECT_EQ(json["verdict"], "fail");
    EXPECT_EQ(json["reason"], "scheduler-stall");
    EXPECT_EQ(json["success"], false);
    EXPECT_EQ(json["duration_ns"], 9);
    EXPECT_TRUE(json["result"].is_null());
    EXPECT_EQ(json["scheduler"]["name"], "second");
    EXPECT_EQ(json["scheduler"]["end"], "stall");
    EXPECT_EQ(json["scheduler_log"], "a\nb\n");
}

} // namespace ktstr::protocol
