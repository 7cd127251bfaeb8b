#include "ktstr-runner/base/json_view.hpp"
#include "ktstr-runner/base/matchers.hpp"

namespace ktstr {
namespace {

using testing::Optional;

TEST(JsonView, GivesWhatIsThereInTheFormThatItHas) {
    JsonParser parser;
    const auto json = parser.parse(R"({"a": 5, "b": -5, "c": 0.5, "d": "x", "e": [1]})");
    ASSERT_THAT(json, IsOk());
    const auto at = [&](const char* key) { return member(*json, key).value(); };
    EXPECT_THAT(as_unsigned(at("a")), Optional(5U));
    EXPECT_EQ(as_unsigned(at("b")), std::nullopt);
    EXPECT_EQ(as_unsigned(at("c")), std::nullopt);
    EXPECT_THAT(as_number(at("a")), Optional(5.0));
    EXPECT_THAT(as_number(at("b")), Optional(-5.0));
    EXPECT_THAT(as_number(at("c")), Optional(0.5));
    EXPECT_EQ(as_number(at("d")), std::nullopt);
    EXPECT_THAT(as_text(at("d")), Optional(std::string_view("x")));
    EXPECT_EQ(as_text(at("e")), std::nullopt);
    EXPECT_EQ(member(*json, "f"), std::nullopt);
    EXPECT_EQ(member(at("e"), "a"), std::nullopt);
    EXPECT_EQ(print_json(at("e")), "[1]");
}

TEST(JsonParser, SaysWhatIsNoDocument) {
    JsonParser parser;
    for (const auto* text :
         {"", "{", "NaN", "[1e999]", "[18446744073709551616]", "{} {}", "\"\xff\""}) {
        EXPECT_THAT(parser.parse(text), IsErrorWith("not whole JSON")) << text;
    }
    EXPECT_THAT(parser.parse(std::string(1'000'000, '[')), IsErrorWith("not whole JSON"));
    EXPECT_THAT(parser.parse(std::string(1000, '[') + std::string(1000, ']')),
                IsErrorWith("nested too deep"));
    EXPECT_THAT(parser.parse("[]"), IsOk()) << "it is as good as new";
}

} // namespace
} // namespace ktstr
