#include "ktstr-runner/machine/qemu/registers.hpp"

#include <gtest/gtest.h>

namespace ktstr::machine::qemu {
namespace {

// As QEMU 10.0 prints it, shortened.
constexpr std::string_view two =
    "\r\nCPU#0\r\n"
    "RAX=0000000000000000 RBX=0000000000000000 RCX=0000000000000000 RDX=0000000000000001\r\n"
    "RIP=ffffffff81b2d3f4 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n"
    "ES =0000 0000000000000000 00000000 00000000\r\n"
    "\r\nCPU#1\r\n"
    "RAX=0000000000000007 RBX=0000000000000000 RCX=0000000000000000 RDX=0000000000000001\r\n"
    "RIP=00005555555551a9 RFL=00000202 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0\r\n";

TEST(Registers, TellWhereEachVcpuIs) {
    const auto places = places_in(two);
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0].pc, 0xffffffff81b2d3f4U);
    EXPECT_TRUE(places[0].in_kernel);
    EXPECT_TRUE(places[0].halted);
    EXPECT_EQ(places[1].pc, 0x5555555551a9U);
    EXPECT_FALSE(places[1].in_kernel);
    EXPECT_FALSE(places[1].halted);
}

TEST(Registers, WhatIsNotThatTellsNothing) {
    EXPECT_TRUE(places_in("").empty());
    EXPECT_TRUE(places_in("CPU#0\r\n PC=0000 X00=1").empty());
    EXPECT_TRUE(places_in(two.substr(0, two.size() - 10)).empty());
}

} // namespace
} // namespace ktstr::machine::qemu
