#include "cargo-ktstr/net/content_range.hpp"

#include <gmock/gmock.h>

namespace ktstr::net {

using ::testing::Optional;

TEST(ContentRange, ReadsItsThreeForms) {
    EXPECT_THAT(parse_content_range("bytes 5-9/100"),
                Optional(ContentRange{.first = 5, .last = 9, .total = 100}));
    EXPECT_THAT(parse_content_range("bytes 0-0/*"),
                Optional(ContentRange{.first = 0, .last = 0, .total = {}}));
    EXPECT_THAT(parse_content_range("bytes */7"), Optional(ContentRange{.first = {}, .total = 7}));
}

TEST(ContentRange, RefusesAllElse) {
    for (const auto* bad : {"",
                            "bytes",
                            "bytes ",
                            "bytes 5-9",
                            "bytes 9-5/100",
                            "bytes 5-100/100",
                            "bytes */*",
                            "bytes -9/100",
                            "bytes 5-/100",
                            "items 5-9/100",
                            "bytes 5-9/99999999999999999999",
                            "bytes 5-9/x",
                            "bytes 5- 9/100"}) {
        EXPECT_EQ(parse_content_range(bad), std::nullopt) << bad;
    }
}

} // namespace ktstr::net
