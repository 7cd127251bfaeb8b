#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/session/host_excuse.hpp"

#include <gtest/gtest.h>

namespace ktstr::session {
namespace {

Json told(const char* checks) {
    auto json = parse_json(std::string(R"({"results": [{"checks": [)") + checks + "]}]}");
    EXPECT_THAT(json, IsOk());
    return *json;
}

constexpr auto gap =
    R"({"name": "max_gap_ms", "limit": 1000, "worst": 2000, "at_most": true, "of_time": true, "detail": "gap"})";
constexpr auto rate =
    R"({"name": "min_work_rate", "limit": 100, "worst": 50, "at_most": false, "of_time": true, "detail": "rate"})";
constexpr auto strays =
    R"({"name": "isolation", "limit": 0, "worst": 1, "at_most": true, "of_time": false, "detail": "strays"})";
constexpr auto none_at_all =
    R"({"name": "not_starved", "limit": 1, "worst": 0, "at_most": false, "of_time": true, "detail": "none"})";

TEST(HostExcuse, IsWhatTheShareExplains) {
    for (const auto* check : {gap, rate}) {
        const auto detail = std::string(check == gap ? "gap" : "rate");
        EXPECT_TRUE(host_may_be_why(told(check), {detail}, 0.5)) << detail;
        EXPECT_FALSE(host_may_be_why(told(check), {detail}, 0.51)) << detail;
        EXPECT_FALSE(host_may_be_why(told(check), {detail}, 1)) << detail;
    }
}

TEST(HostExcuse, NoneForWhatIsNotOfTimeAndForNoProgressAtAll) {
    EXPECT_FALSE(host_may_be_why(told(strays), {"strays"}, 0.1));
    EXPECT_FALSE(host_may_be_why(told(none_at_all), {"none"}, 0.1));
    EXPECT_TRUE(host_may_be_why(told(none_at_all), {"none"}, 0.09)); // it was as good as frozen
}

TEST(HostExcuse, EveryDetailMustHaveOne) {
    const auto both = told((std::string(gap) + "," + strays).c_str());
    EXPECT_TRUE(host_may_be_why(both, {"gap", "gap"}, 0.4)); // the headline is a detail too
    EXPECT_FALSE(host_may_be_why(both, {"gap", "strays"}, 0.4));
    EXPECT_FALSE(host_may_be_why(both, {"gap", "a claim of the test"}, 0.4));
    EXPECT_FALSE(host_may_be_why(both, {}, 0.4));
}

TEST(HostExcuse, WhatCannotBeReadExcusesNothing) {
    for (const auto* text : {"null",
                             "{}",
                             R"({"results": 1})",
                             R"({"results": [{"checks": [3, {"detail": 4, "of_time": 1}]}]})"}) {
        EXPECT_FALSE(host_may_be_why(*parse_json(text), {""}, 0.1)) << text;
    }
}

} // namespace
} // namespace ktstr::session
