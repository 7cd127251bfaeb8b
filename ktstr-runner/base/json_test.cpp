#include "ktstr-runner/base/json.hpp"
#include "ktstr-runner/base/matchers.hpp"

#include <gmock/gmock.h>

namespace ktstr {
namespace {

TEST(Json, KeepsTheOrderOfKeys) {
    const auto json = parse_json(R"({"z": 1, "a": [true, null]})");
    ASSERT_THAT(json, IsOk());
    EXPECT_EQ(print_json(*json), R"({"z":1,"a":[true,null]})");
    EXPECT_EQ(print_json(*json, 1), "{\n \"z\": 1,\n \"a\": [\n  true,\n  null\n ]\n}");
}

TEST(Json, SaysWhereADocumentBreaksOff) {
    for (const auto* text : {"", "{\"a\": 1", "{} {}", "\xff"}) {
        EXPECT_THAT(parse_json(text), IsErrorWith("not whole JSON: parse error at line 1")) << text;
    }
}

TEST(Json, WritesWhatIsNotUtf8AsReplacement) {
    EXPECT_EQ(print_json(Json("a\xff"
                              "b")),
              "\"a\xEF\xBF\xBD"
              "b\"");
}

} // namespace
} // namespace ktstr
