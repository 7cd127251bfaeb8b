#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/qemu/ending.hpp"
#include "ktstr-runner/machine/qemu/tail.hpp"

namespace ktstr::machine::qemu {

using Cause = Ending::Cause;

namespace {

constexpr std::string_view panic =
    "[    0.51] Oops: 0000\r\n[    0.52] Kernel panic - not syncing: No working init found.  Try "
    "passing init= option to kernel.\r\n[    0.53] CPU: 0\r\n";

}

TEST(Ending, IsAPowerOff) {
    const auto ending =
        ending_of_shutdown("guest-shutdown", "x\r\n[    1.98] reboot: Power down\r\n");
    EXPECT_EQ(ending.cause, Cause::powered_off);
    EXPECT_EQ(ending.detail, "reboot: Power down");
    EXPECT_EQ(ending_of_shutdown("guest-shutdown", "").cause, Cause::powered_off);
}

TEST(Ending, IsAPanicWithItsLine) {
    const auto ending = ending_of_shutdown("guest-reset", panic);
    EXPECT_EQ(ending.cause, Cause::panicked);
    EXPECT_EQ(
        ending.detail,
        "Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.");
    EXPECT_EQ(ending_of_shutdown("guest-panic", "").cause, Cause::panicked);
}

TEST(Ending, TellsARestartFromATripleFault) {
    const auto restart =
        ending_of_shutdown("guest-reset", "[    3.0] reboot: Restarting system\r\n");
    EXPECT_EQ(restart.cause, Cause::reset);
    EXPECT_THAT(restart.detail, testing::HasSubstr("asked for a restart"));
    const auto fault = ending_of_shutdown("guest-reset", "early console in setup code\r\n");
    EXPECT_EQ(fault.cause, Cause::reset);
    EXPECT_THAT(fault.detail, testing::HasSubstr("triple fault"));
}

TEST(Ending, IsOursWhenQemuFails) {
    EXPECT_EQ(ending_of_shutdown("host-signal", "").cause, Cause::broken);
    const auto died = ending_of_exit(
        {.signalled = true, .code = 9},
        "a\n\nwarning: fd: migration to a file is deprecated\nqemu: warning: w\nb\n");
    EXPECT_EQ(died.cause, Cause::broken);
    EXPECT_EQ(died.detail, "QEMU ended by itself: signal 9 (Killed): a; b");
    const auto stuck = ending_of_state(
        "internal-error",
        "KVM internal error. Suberror: 1\nextra data[0]: 0x0\nemulation failure\nEAX=0\nEIP=1\n");
    EXPECT_EQ(stuck.cause, Cause::broken);
    EXPECT_EQ(stuck.detail,
              "QEMU stopped the machine: internal-error: KVM internal error. Suberror: 1");
    EXPECT_EQ(ending_of_state("io-error", "").detail, "QEMU stopped the machine: io-error");
    EXPECT_EQ(ending_of_state("guest-panicked", "").cause, Cause::panicked);
}

TEST(Ending, KeepsDetailsInUtf8) {
    EXPECT_EQ(ending_of_shutdown("guest-reset", "Kernel panic - not syncing: \xff\r\n").detail,
              "Kernel panic - not syncing: \xef\xbf\xbd");
}

TEST(LastLines, SkipsEmptyOnes) {
    EXPECT_EQ(last_lines("one\ntwo\r\n\n \nthree", 2), "two; three");
    EXPECT_EQ(last_lines("", 3), "");
    EXPECT_EQ(last_lines("\n\n", 3), "");
}

TEST(Tail, KeepsTheLastBytesInBoundedMemory) {
    Tail tail(4);
    tail.append("abc");
    EXPECT_EQ(tail.view(), "abc");
    tail.append("defgh");
    EXPECT_EQ(tail.view(), "efgh");
    for (int i = 0; i < 100; ++i) {
        tail.append("xy");
    }
    EXPECT_EQ(tail.view(), "xyxy");
    tail.append(std::string(1000, 'z'));
    EXPECT_EQ(tail.view(), "zzzz");
}

} // namespace ktstr::machine::qemu
