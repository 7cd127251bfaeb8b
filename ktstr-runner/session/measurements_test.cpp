#include "ktstr-runner/session/measurements.hpp"

#include <gmock/gmock.h>

namespace ktstr::session {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

} // namespace

TEST(Measurements, PiecesMakeOneObject) {
    Measurements measurements;
    std::vector<std::string> notes;
    EXPECT_TRUE(measurements.take(notes).is_null());
    for (const auto* piece : {"{\"results\"", "", ": [1.5]}"}) {
        measurements.add(piece);
    }
    EXPECT_EQ(measurements.take(notes),
              Json({
                  {"results", {1.5}}
    }));
    EXPECT_THAT(notes, IsEmpty());
}

TEST(Measurements, TooMuchIsDroppedAndSaid) {
    Measurements measurements;
    std::vector<std::string> notes;
    measurements.add("{\"a\":\"" + std::string(Measurements::limit - 8, 'x') + "\"}");
    EXPECT_TRUE(measurements.take(notes).is_object());
    for (int i = 0; i < 3; ++i) {
        measurements.add(std::string(Measurements::limit / 2 + 1, ' '));
    }
    measurements.add("{}");
    EXPECT_TRUE(measurements.take(notes).is_null());
    EXPECT_THAT(notes, ElementsAre(HasSubstr("8 MiB")));
}

TEST(Measurements, WhatIsNoObjectIsSaid) {
    for (const auto* text : {"[]", "{", "\xff"}) {
        Measurements measurements;
        std::vector<std::string> notes;
        measurements.add(text);
        EXPECT_TRUE(measurements.take(notes).is_null());
        EXPECT_THAT(notes, ElementsAre(HasSubstr("cannot be read")));
    }
}

} // namespace ktstr::session
