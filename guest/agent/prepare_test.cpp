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

} // namespace
} // namespace ktstr::guest
