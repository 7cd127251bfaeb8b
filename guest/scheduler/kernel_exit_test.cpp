#include "guest/scheduler/kernel_exit.hpp"

#include <gtest/gtest.h>

namespace ktstr::guest {
namespace {

TEST(ExitInKernelLog, TellsReasonAndMessage) {
    const auto found = exit_in_kernel_log({
        "sched_ext: BPF scheduler \"qmap\" enabled",
        "sched_ext: BPF scheduler \"qmap\" disabled (runnable task stall)",
        "sched_ext: qmap: cc1[123] failed to run for 5.012s",
        "   scx_watchdog_workfn+0x14d/0x1f0",
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, exit_error_stall);
    EXPECT_EQ(found->reason, "runnable task stall");
    EXPECT_EQ(found->message, "cc1[123] failed to run for 5.012s");
}

TEST(ExitInKernelLog, TakesTheLastAndNoOtherSchedulersMessage) {
    const auto found = exit_in_kernel_log({
        "sched_ext: BPF scheduler \"a\" disabled (unregistered from BPF)",
        "sched_ext: BPF scheduler \"b\" disabled (unregistered from user space)",
        "sched_ext: a: late",
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, exit_unregistered);
    EXPECT_EQ(found->message, "");
    EXPECT_FALSE(found->is_error);
}

TEST(ExitInKernelLog, KeepsTheFirstErrorOfOneThatAttachesAgain) {
    const auto found = exit_in_kernel_log({
        "sched_ext: BPF scheduler \"a\" disabled (unregistered from BPF)",
        "sched_ext: BPF scheduler \"a\" disabled (runnable task stall)",
        "sched_ext: a: cc1[123] failed to run for 5.012s",
        "sched_ext: BPF scheduler \"a\" disabled (scx_bpf_error)",
        "sched_ext: a: no idea",
        "sched_ext: BPF scheduler \"a\" disabled (unregistered from user space)",
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, exit_error_stall);
    EXPECT_EQ(found->message, "cc1[123] failed to run for 5.012s");
    EXPECT_TRUE(found->is_error);
}

TEST(ExitInKernelLog, KnowsAnErrorOfANewKindByItsMessage) {
    const auto found = exit_in_kernel_log({
        "sched_ext: BPF scheduler \"a\" disabled (new error)",
        "sched_ext: a: no idea",
        "sched_ext: BPF scheduler \"a\" disabled (unregistered from user space)",
    });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->reason, "new error");
    EXPECT_EQ(found->message, "no idea");
    EXPECT_TRUE(found->is_error);
}

TEST(ExitInKernelLog, LeavesOutOtherSchedulersWhenTheNameIsKnown) {
    const std::vector<std::string> lines{
        "sched_ext: BPF scheduler \"ab\" disabled (scx_bpf_error)",
        "sched_ext: ab: no idea",
        "sched_ext: BPF scheduler \"a\" disabled (unregistered from user space)",
        "sched_ext: BPF scheduler \"b\" disabled (runnable task stall)",
    };
    const auto found = exit_in_kernel_log(lines, "a");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, exit_unregistered);
    EXPECT_EQ(found->message, "");
    EXPECT_FALSE(exit_in_kernel_log(lines, "c"));
    EXPECT_EQ(exit_in_kernel_log(lines).value_or(KernelExit{}).message, "no idea");
}

TEST(ExitInKernelLog, IsNotMadeUp) {
    EXPECT_FALSE(exit_in_kernel_log({"sched_ext: BPF scheduler \"qmap\" enabled", ""}));
    EXPECT_FALSE(exit_in_kernel_log({"my \"x\" disabled (runtime error)"}));
}

struct OutputCase {
    const char* output;
    std::int64_t kind;
    const char* reason;
    const char* message;
};

class ExitInOutput : public testing::TestWithParam<OutputCase> {};

TEST_P(ExitInOutput, IsRead) {
    const auto found = exit_in_output(GetParam().output);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, GetParam().kind);
    EXPECT_EQ(found->reason, GetParam().reason);
    EXPECT_EQ(found->message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Texts,
    ExitInOutput,
    testing::Values(
        OutputCase{"stats\nEXIT: unregistered from user space\n",
                   exit_unregistered,
                   "unregistered from user space",
                   ""},
        OutputCase{"EXIT: scx_bpf_error (failed (badly) here)\n",
                   exit_error_bpf,
                   "scx_bpf_error",
                   "failed (badly) here"},
        OutputCase{"Error: EXIT: runnable task stall (a b[7] failed to run for 5.0s) on CPU 3\n",
                   exit_error_stall,
                   "runnable task stall",
                   "a b[7] failed to run for 5.0s"},
        OutputCase{"EXIT: unregistered from BPF\nEXIT: runnable task stall (a[7])\n"
                   "EXIT: unregistered from user space\n",
                   exit_error_stall,
                   "runnable task stall",
                   "a[7]"},
        OutputCase{"EXIT: unregistered from BPF (a)\nEXIT: unregistered from user space\n",
                   exit_unregistered,
                   "unregistered from user space",
                   ""},
        OutputCase{"EXIT: parent exiting", 0, "parent exiting", ""}));

constexpr const char* output_with_dump =
    "enq=1\n\nDEBUG DUMP\n"
    "================================================================================\n\n"
    "kworker/u8:1[45] triggered exit kind 1026:\n"
    "  runnable task stall (cc1[123] failed to run for 5.012s)\n"
    "\n================================================================================\n\n"
    "EXIT: runnable task stall (cc1[123] failed to run for 5.012s)\n";

TEST(DumpInOutput, IsWithoutItsFrame) {
    EXPECT_EQ(dump_in_output(output_with_dump),
              "kworker/u8:1[45] triggered exit kind 1026:\n"
              "  runnable task stall (cc1[123] failed to run for 5.012s)");
    EXPECT_EQ(dump_in_output("enq=1\n"), "");
}

TEST(WithoutDump, LeavesTheRest) {
    EXPECT_EQ(without_dump(output_with_dump),
              "enq=1\n\n[the kernel's exit dump]\n\n"
              "EXIT: runnable task stall (cc1[123] failed to run for 5.012s)\n");
    EXPECT_EQ(without_dump("enq=1\n"), "enq=1\n");
    EXPECT_EQ(without_dump("a\nDEBUG DUMP\n"), "a\n[the kernel's exit dump]\n");
    EXPECT_EQ(without_dump("DEBUG DUMP\n=====================\ncut"), "[the kernel's exit dump]\n");
}

TEST(KindInDump, IsANumber) {
    EXPECT_EQ(kind_in_dump(dump_in_output(output_with_dump)), 1026);
    EXPECT_EQ(kind_in_dump("nothing"), 0);
}

} // namespace
} // namespace ktstr::guest
