#include "guest/agent/prepare.hpp"

#include <gmock/gmock.h>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(BytesOfHex, ReadsPairs) {
    EXPECT_THAT(bytes_of_hex("00fFa1"), ElementsAre(0x00, 0xff, 0xa1));
}

TEST(BytesOfHex, EndsAtWhatIsNoPair) {
    EXPECT_THAT(bytes_of_hex("12x4"), ElementsAre(0x12));
    EXPECT_THAT(bytes_of_hex("123"), ElementsAre(0x12));
    EXPECT_THAT(bytes_of_hex("+1"), IsEmpty());
    EXPECT_THAT(bytes_of_hex(""), IsEmpty());
}

TEST(HexOf, IsReadBackAsWritten) {
    const std::vector<unsigned char> bytes{0x00, 0xff, 0xa1};
    EXPECT_EQ(hex_of(bytes), "00ffa1");
    EXPECT_EQ(bytes_of_hex(hex_of(bytes)), bytes);
}

} // namespace

TEST(NsBetween, IsExactHoweverLong) {
    EXPECT_EQ(ns_between(1, 1, 2'596'122), 0);
    EXPECT_EQ(ns_between(1'000, 1'000 + 2'596'122, 2'596'122), 1'000'000);
    EXPECT_EQ(ns_between(5, 5 + 1, 1'000'000), 1);
    constexpr std::uint64_t year = 365ULL * 24 * 3600 * 1000; // in ms
    EXPECT_EQ(ns_between(1, 1 + 3'000'000 * year, 3'000'000), 1'000'000 * year);
}

TEST(NsBetween, IsAbsentWhereNothingIsKnown) {
    EXPECT_EQ(ns_between(0, 100, 1'000), std::nullopt);
    EXPECT_EQ(ns_between(1, 100, 0), std::nullopt);
    EXPECT_EQ(ns_between(100, 99, 1'000), std::nullopt);
}

} // namespace ktstr::guest
