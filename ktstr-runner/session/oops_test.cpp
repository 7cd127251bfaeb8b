#include "ktstr-runner/session/oops.hpp"

#include <gtest/gtest.h>

namespace ktstr::session {
namespace {

constexpr std::string_view console =
    "[   27.740000] sched_ext: BPF scheduler \"ktstr\" enabled\r\n"
    "[   27.747001] Oops: int3: 0000 [#1] SMP NOPTI\r\n"
    "[   27.747011] CPU: 1 UID: 0 PID: 77 Comm: busy Not tainted 7.3.4\r\n"
    "[   27.747211] RIP: 0010:update_rq_clock+0x3a/0x160\r\n"
    "[   27.780795] Kernel panic - not syncing: Fatal exception in interrupt\r\n";

TEST(FindOops, NamesTheFaultAndItsPlace) {
    const auto oops = find_oops(console);
    ASSERT_TRUE(oops);
    EXPECT_EQ(in_words(*oops), "Oops: int3: 0000 [#1] SMP NOPTI, in update_rq_clock+0x3a/0x160");
    EXPECT_TRUE(console.substr(oops->begin).starts_with("[   27.747001] Oops"));
    EXPECT_TRUE(is_stale_breakpoint(*oops));
}

TEST(FindOops, TakesTheFirst) {
    const auto oops = find_oops("[ 1.0] BUG: kernel NULL pointer dereference, address: 0\n"
                                "[ 1.1] Oops: Oops: 0000 [#1] SMP\n[ 1.2] RIP: 0010:f+0x1/0x2\n");
    ASSERT_TRUE(oops);
    EXPECT_EQ(in_words(*oops), "BUG: kernel NULL pointer dereference, address: 0, in f+0x1/0x2");
    EXPECT_EQ(oops->begin, 0U);
    EXPECT_FALSE(is_stale_breakpoint(*oops));
}

TEST(FindOops, LeavesOutWhatKernelsSurvive) {
    const auto oops = find_oops("[ 1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s!\n"
                                "[ 1.1] DEBUG: Oops: not one\n"
                                "[ 9.0] Oops: int3: 0000 [#1] SMP\n");
    ASSERT_TRUE(oops);
    EXPECT_TRUE(is_stale_breakpoint(*oops));
}

TEST(FindOops, ReadsThoseOfArm) {
    const auto oops = find_oops(
        "[ 2.0] Internal error: Oops - BUG: 00000000f2000800 [#1]\n[ 2.1] pc : g+0x10/0x20\n");
    ASSERT_TRUE(oops);
    EXPECT_EQ(oops->where, "g+0x10/0x20");
}

TEST(FindOops, OfNoOopsIsNone) {
    EXPECT_FALSE(find_oops(""));
    EXPECT_FALSE(find_oops("[ 1.0] Kernel panic - not syncing: sysrq triggered crash\n"));
    const auto alone = find_oops("kernel BUG at mm/slub.c:1");
    ASSERT_TRUE(alone);
    EXPECT_EQ(in_words(*alone), "kernel BUG at mm/slub.c:1");
}

} // namespace
} // namespace ktstr::session
