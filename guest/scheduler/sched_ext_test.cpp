#include "guest/base/test_dir.hpp"
#include "guest/scheduler/sched_ext.hpp"

#include <gmock/gmock.h>

namespace ktstr::guest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(SchedExt, ReadsTheKernelsFiles) {
    const TestDir dir;
    dir.write("state", "enabled\n");
    dir.write("root/ops", "rusty_1.0.9\n");
    dir.write("root/events", "SCX_EV_SELECT_CPU_FALLBACK 0\nSCX_EV_DISPATCH_KEEP_LAST 12\n");
    const SchedExt kernel(dir.path());
    EXPECT_TRUE(kernel.exists());
    EXPECT_TRUE(kernel.is_enabled());
    EXPECT_EQ(kernel.ops(), "rusty_1.0.9");
    EXPECT_THAT(
        kernel.events(),
        ElementsAre(Pair("SCX_EV_DISPATCH_KEEP_LAST", 12), Pair("SCX_EV_SELECT_CPU_FALLBACK", 0)));
}

TEST(SchedExt, IsNeitherOnNorOffWhereTheKernelHasNone) {
    const SchedExt kernel("/no/such/place");
    EXPECT_FALSE(kernel.exists());
    EXPECT_FALSE(kernel.is_enabled());
    EXPECT_FALSE(kernel.is_disabled());
    EXPECT_EQ(kernel.ops(), "");
}

TEST(ParseEvents, LeavesOutWhatIsNoCounter) {
    EXPECT_THAT(parse_events("A 1\nB\nC x\nD 5 6\n\nE -2\n"),
                ElementsAre(Pair("A", 1), Pair("E", -2)));
    EXPECT_THAT(parse_events(""), IsEmpty());
}

} // namespace
} // namespace ktstr::guest
