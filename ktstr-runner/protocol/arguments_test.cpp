#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/protocol/arguments.hpp"

#include <gtest/gtest.h>

namespace ktstr::protocol {
namespace {

using Words = std::vector<std::string>;

template <class T> T parsed_as(const Words& words) {
    const auto request = parse_arguments(words);
    EXPECT_THAT(request, IsOk());
    EXPECT_TRUE(request && std::holds_alternative<T>(*request)) << testing::PrintToString(words);
    return request && std::holds_alternative<T>(*request) ? std::get<T>(*request) : T{};
}

TEST(Arguments, NextestsTwoListingsInAnyOrder) {
    const Words all{"/t/a-1", "--list", "--format", "terse"};
    EXPECT_EQ(parsed_as<List>(all).argv, all);
    parsed_as<List>({"/t/a-1", "--list", "--format", "terse", "--ignored"});
    parsed_as<List>({"/t/a-1", "--ignored", "--format=terse", "--list"});
}

TEST(Arguments, OtherListingsPassThrough) {
    for (const auto& words : {
             Words{"a", "--list"},
             Words{"a", "--list", "--format", "pretty"},
             Words{"a", "--list", "--format"},
             Words{"a", "--format", "terse"},
             Words{"a", "--list", "--format", "terse", "name"},
             Words{"a", "--list", "--list", "--format", "terse"}
    }) {
        EXPECT_EQ(parsed_as<PassThrough>(words).argv, words);
    }
}

TEST(Arguments, NextestsRunKeepsItsArgvAndExtraArguments) {
    const Words words{"/t/a-1",
                      "--exact",
                      "m::case 1",
                      "--nocapture",
                      "--ignored",
                      "--bench",
                      "--",
                      "x",
                      "--seed=1"};
    const auto request = parsed_as<Exact>(words);
    EXPECT_EQ(request.test, "m::case 1");
    EXPECT_EQ(request.argv, words);
    EXPECT_EQ(parsed_as<Exact>({"a", "--exact", "--odd", "--nocapture"}).test, "--odd");
}

TEST(Arguments, TheHarnessPagesOrderIsAlsoExact) {
    EXPECT_EQ(parsed_as<Exact>({"a", "m::t", "--nocapture", "--exact"}).test, "m::t");
    EXPECT_EQ(parsed_as<Exact>({"a", "--nocapture", "--exact", "m::t", "--ignored"}).test, "m::t");
    EXPECT_EQ(parsed_as<Exact>({"a", "--exact", "m::t"}).test, "m::t");
}

TEST(Arguments, AnythingElsePassesThrough) {
    for (const auto& words : {
             Words{"a"},
             Words{"a", "--exact"},
             Words{"a", "m::t"},
             Words{"a", "--exact", "m::t", "m::u"},
             Words{"a", "--exact", "m::t", "--test-threads=1"},
             Words{"a", "--help"},
             Words{"a", ""},
             Words{"a", "--exact", "", "--nocapture"},
             Words{"a", "--version"}
    }) {
        EXPECT_EQ(parsed_as<PassThrough>(words).argv, words);
    }
}

TEST(Arguments, OwnOptionsStandBeforeTheBinary) {
    parsed_as<Help>({"--help"});
    parsed_as<Help>({"-h", "a"});
    parsed_as<Version>({"--version"});
    parsed_as<Version>({"-V"});
}

TEST(Arguments, WrongOnesAreErrors) {
    EXPECT_THAT(parse_arguments(Words{}), IsErrorWith("no test binary"));
    EXPECT_THAT(parse_arguments(Words{""}), IsErrorWith("no test binary"));
    EXPECT_THAT(parse_arguments(Words{"--verison", "a"}), IsErrorWith("did you mean `--version`?"));
    EXPECT_THAT(parse_arguments(Words{"--zzzzzzzzzz", "a"}), IsErrorWith("usage: ktstr-runner"));
    EXPECT_THAT(parse_arguments(Words{"--", "a"}), IsErrorWith("unknown option `--`"));
}

} // namespace
} // namespace ktstr::protocol
