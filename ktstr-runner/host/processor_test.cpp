#include "ktstr-runner/host/processor.hpp"

#include <gmock/gmock.h>

namespace ktstr::host {
namespace {

TEST(Processor, IsTheFirstOneWithoutWhatChanges) {
    EXPECT_EQ(
        parse_cpuinfo("processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 85\nmicrocode\t: 0x1\n"
                      "cpu MHz\t\t: 2593.9\nflags\t\t: fpu vme\n\nprocessor\t: 1\nmodel\t\t: 86\n"),
        "vendor_id=GenuineIntel model=85 microcode=0x1 flags=fpu vme ");
}

TEST(Processor, OfThisHostIsKnown) {
    EXPECT_THAT(processor(), testing::Not(testing::IsEmpty()));
}

} // namespace
} // namespace ktstr::host
