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
} // namespace ktstr::guest
