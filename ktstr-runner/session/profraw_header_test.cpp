#include "ktstr-runner/session/profraw_header.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstring>

namespace ktstr::session::profraw {

namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

// As rustc 1.95 (LLVM 22) wrote one of 1456 bytes: 10 functions, 20 counters, 493 bytes of names.
std::array<std::uint64_t, 16> written() {
    return {0xff6c70726f667281, 10, 0x20, 10, 0, 20, 0, 0, 0, 0x1ed, 0, 0, 0, 0, 0, 2};
}

std::optional<std::string> why_not(const std::array<std::uint64_t, 16>& header,
                                   std::uint64_t size) {
    std::string head(header_size, '\0');
    std::memcpy(head.data(), header.data(), head.size());
    return why_not_whole(head, size);
}

TEST(ProfrawHeader, AWholeProfileIsWhole) {
    EXPECT_THAT(why_not(written(), 1456), Eq(std::nullopt));
    EXPECT_THAT(why_not(written(), 1500), Eq(std::nullopt)); // values behind it
}

TEST(ProfrawHeader, APieceIsNot) {
    EXPECT_THAT(why_not(written(), 1455), Optional(Eq("it has 1455 bytes of at least 1456")));
    EXPECT_THAT(why_not_whole("", 0), Optional(Eq("it is empty")));
    EXPECT_THAT(why_not_whole("\x81", 1), Optional(Eq("it ends in its header")));
}

TEST(ProfrawHeader, WhatIsNoProfileIsSaid) {
    auto header = written();
    header[0] ^= 1;
    EXPECT_THAT(why_not(header, 1456), Optional(HasSubstr("does not begin as")));
}

TEST(ProfrawHeader, CountsThatCannotBeOverflowNothing) {
    for (const std::size_t word : {2, 3, 4, 5, 6, 7, 8, 9, 13, 14}) {
        auto header = written();
        header[word] = ~0ULL;
        EXPECT_THAT(why_not(header, 1456), Optional(HasSubstr("more than there is"))) << word;
    }
}

TEST(ProfrawHeader, OfAnotherVersionTheBeginningMustDo) {
    auto header = written();
    header[1] = 11;
    EXPECT_THAT(why_not(header, 200), Eq(std::nullopt));
}

TEST(ProfrawHeader, CountersOfOneByteAreSmaller) {
    auto header = written();
    header[1] |= 1ULL << 60;
    EXPECT_THAT(why_not(header, 1456 - 20 * 7), Eq(std::nullopt));
    EXPECT_TRUE(why_not(header, 1456 - 20 * 7 - 1));
}

} // namespace

} // namespace ktstr::session::profraw
