#include "guest/engine/protocol.hpp"

#include <gmock/gmock.h>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Request::Kind;

TEST(ParseRequest, TakesHello) {
    const auto parsed = parse_request(R"({"id":1,"hello":{"version":"0.1.0"}})");
    ASSERT_TRUE(parsed.request);
    EXPECT_EQ(parsed.request->kind, Kind::hello);
    EXPECT_EQ(parsed.request->id, 1);
    EXPECT_EQ(parsed.request->text, "0.1.0");
}

TEST(ParseRequest, PassesAScenarioOn) {
    const auto parsed = parse_request(R"({"id":2,"scenario":{"scenario":1,"hold":{"frac":0.5}}})");
    ASSERT_TRUE(parsed.request);
    EXPECT_EQ(parsed.request->text, R"({"hold":{"frac":0.5},"scenario":1})");
}

TEST(ParseRequest, TakesAVerdictWithItsMessageFirst) {
    const auto parsed =
        parse_request(R"({"id":3,"verdict":{"verdict":"fail","details":["a","b"],"message":"m"}})");
    ASSERT_TRUE(parsed.request);
    EXPECT_EQ(parsed.request->verdict->verdict, "fail");
    EXPECT_THAT(parsed.request->verdict->details, ElementsAre("m", "a", "b"));
    const auto other = parse_request(R"({"id":3,"verdict":{"verdict":"passed"}})");
    EXPECT_FALSE(other.request);
    EXPECT_EQ(other.id, 3);
    EXPECT_THAT(other.error, HasSubstr("passed"));
}

TEST(ParseRequest, TakesOrdersForTheScheduler) {
    EXPECT_EQ(parse_request(R"({"id":4,"scheduler":"detach"})").request->text, "detach");
    EXPECT_EQ(parse_request(R"({"id":4,"scheduler":{"restart":null}})").request->text, "restart");
    const auto replace = parse_request(R"({"id":4,"scheduler":{"replace":{"name":"x"}}})");
    EXPECT_EQ(replace.request->text, "replace");
    EXPECT_EQ(replace.request->scheduler, R"({"name":"x"})");
    EXPECT_THAT(parse_request(R"({"id":4,"scheduler":"stop"})").error, HasSubstr("\"stop\""));
}

TEST(ParseRequest, PassesAnswersOnAsTheyCame) {
    const auto* const line = R"({"forked":{"worker":7,"pid":123}})";
    EXPECT_EQ(parse_request(line).request->text, line);
}

TEST(ParseRequest, RefusesWhatIsNone) {
    EXPECT_THAT(parse_request("hello").error, HasSubstr("not a request"));
    EXPECT_THAT(parse_request("[]").error, HasSubstr("one JSON object"));
    EXPECT_THAT(parse_request(R"({"id":9,"helo":{}})").error, HasSubstr("none of hello"));
    EXPECT_FALSE(parse_request(R"({"id":"x","hello":{"version":"1"}})").request);
    EXPECT_FALSE(parse_request(R"({"id":1,"hello":{}})").request);
    EXPECT_FALSE(parse_request(R"({"id":1,"hello":"0.1"})").request);
}

TEST(ParseRequest, IsNotFollowedIntoTheDeep) {
    const std::string deep =
        R"({"scenario":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    EXPECT_FALSE(parse_request(deep).request);
}

TEST(Answers, AreLinesOfJson) {
    EXPECT_EQ(ok_answer(3), R"({"id":3,"ok":true})");
    EXPECT_EQ(error_answer(4, "a\nb"), R"({"error":"a\nb","id":4})");
    EXPECT_EQ(result_answer(5, "{}"), R"({"id":5,"result":{}})");
    EXPECT_THAT(hello_answer(1, "6.12", std::nullopt), HasSubstr(R"("scheduler":null)"));
    EXPECT_THAT(hello_answer(1, "6.12", AttachedScheduler{.name = "s", .pid = 7, .args = {"-v"}}),
                HasSubstr(R"("scheduler":{"args":["-v"],"name":"s","pid":7})"));
}

TEST(FactsText, IsOneObject) {
    EXPECT_EQ(facts_text(
                  {
                      R"({"a":1})", R"({"b":2})"
    },
                  {{.id = 1, .name = "p", .type = "struct_ops", .verified_insns = 5}},
                  {{"SCX_EV_X", 3}}),
              R"({"results":[{"a":1},{"b":2}],"programs":[{"id":1,"name":"p","run_cnt":0,)"
              R"("run_time_ns":0,"type":"struct_ops","verified_insns":5}],)"
              R"("events":{"SCX_EV_X":3}})");
}

TEST(FactsText, SaysWhatDidNotFit) {
    const auto text = facts_text({std::string(9U << 20, ' '), "{}"}, {}, {});
    EXPECT_EQ(text, R"({"results":[{}],"programs":[],"events":{},"results_left_out":1})");
    EXPECT_THAT(facts_text({std::string(9U << 20, ' ')}, {}, {}, 2),
                testing::HasSubstr("out\":3}"));
}

} // namespace
} // namespace ktstr::guest
