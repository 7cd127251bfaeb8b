#include "guest/scheduler/ending.hpp"

#include <gtest/gtest.h>

#include <signal.h>

namespace ktstr::guest {
namespace {

using wire::SchedulerEnd;

constexpr int exited(int code) {
    return code << 8;
}

std::vector<std::string> together(std::vector<std::string> first,
                                  const std::vector<std::string>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

const std::vector<std::string> unregistered = {
    "sched_ext: BPF scheduler \"s\" enabled",
    "sched_ext: BPF scheduler \"s\" disabled (unregistered from user space)"};
const std::vector<std::string> stalled = {
    "sched_ext: BPF scheduler \"s\" enabled",
    "sched_ext: BPF scheduler \"s\" disabled (runnable task stall)",
    "sched_ext: s: cc1[12] failed to run for 5.012s"};
const std::vector<std::string> errors = {"sched_ext: BPF scheduler \"s\" disabled (scx_bpf_error)",
                                         "sched_ext: s: no such cell"};

struct Case {
    const char* name;
    Course course;
    SchedulerEnd end;
    std::int64_t kind;
    const char* reason;
    const char* message;
};

void PrintTo(const Case& value, std::ostream* out) {
    *out << value.name;
}

class Judge : public testing::TestWithParam<Case> {};

TEST_P(Judge, TellsTheEndings) {
    const auto& expected = GetParam();
    const auto story = judge(expected.course);
    EXPECT_EQ(story.end, expected.end);
    EXPECT_EQ(story.kind, expected.kind);
    EXPECT_EQ(story.reason, expected.reason);
    EXPECT_EQ(story.message, expected.message);
}

const std::string kfunc_is_missing =
    "libbpf: extern (func ksym) 'scx_bpf_consume': not found in kernel or module BTFs\n"
    "libbpf: failed to load object 'scx_simple'\n"
    "scx_simple: scx_simple.bpf.c: Failed to load skel\n";

const std::string verifier_says_no =
    "libbpf: prog 'bad_dispatch': BPF program load failed: Permission denied\n"
    "libbpf: prog 'bad_dispatch': -- BEGIN PROG LOAD LOG --\n"
    "0: R1=ctx() R10=fp0\n"
    "; return *p; @ bad.bpf.c:12\n"
    "3: (61) r0 = *(u32 *)(r1 +0)\n"
    "R1 invalid mem access 'scalar'\n"
    "processed 4 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 "
    "mark_read 0\n"
    "-- END PROG LOAD LOG --\n"
    "libbpf: failed to load object 'bad'\n";

const std::string verifier_explains =
    "libbpf: prog 'ktstr_enqueue': BPF program load failed: -EACCES\n"
    "libbpf: prog 'ktstr_enqueue': -- BEGIN PROG LOAD LOG --\n"
    "24: (63) *(u32 *)(r8 +16) = r2\n"
    "R8 invalid mem access 'map_value_or_null'\n"
    "\n"
    "Verification failed: Register Type Safety: Invalid dereference\n"
    "\n"
    "Suggestion:\n"
    "  Add a NULL check before the access.\n"
    "processed 18 insns (limit 1000000) max_states_per_insn 0 total_states 2 peak_states 2 "
    "mark_read 0\n"
    "-- END PROG LOAD LOG --\n"
    "scx-ktstr: cannot load the scheduler: Permission denied (os error 13)\n";

INSTANTIATE_TEST_SUITE_P(
    Courses,
    Judge,
    testing::Values(
        Case{
            "stopped in order",
            {.attached = true,
              .asked = true,
              .status = exited(0),
              .kernel_lines = unregistered,
              .output = "EXIT: unregistered from user space\n"},
            SchedulerEnd::clean,
            64,
            "unregistered from user space",
            ""
},
        Case{"stopped by SIGTERM without a handler",
             {.attached = true, .asked = true, .status = SIGTERM, .kernel_lines = unregistered},
             SchedulerEnd::clean,
             64,
             "unregistered from user space",
             ""},
        Case{"the watchdog, and exit code 0",
             {.attached = true,
              .left_first = true,
              .asked = true,
              .status = exited(0),
              .kernel_lines = stalled},
             SchedulerEnd::stall,
             1026,
             "runnable task stall",
             "cc1[12] failed to run for 5.012s"},
        Case{"the watchdog, by the loader alone",
             {.attached = true,
              .status = exited(0),
              .output = "EXIT: runnable task stall (cc1[12] failed to run for 5.0s)\n"},
             SchedulerEnd::stall,
             1026,
             "runnable task stall",
             "cc1[12] failed to run for 5.0s"},
        Case{"scx_bpf_error in ops.init",
             {.attached = false, .status = exited(1), .kernel_lines = errors},
             SchedulerEnd::bpf_error,
             1025,
             "scx_bpf_error",
             "no such cell"},
        Case{"the stall wins over the SIGKILL behind it",
             {.attached = true,
              .asked = true,
              .forced = true,
              .status = SIGKILL,
              .kernel_lines = stalled},
             SchedulerEnd::stall,
             1026,
             "runnable task stall",
             "cc1[12] failed to run for 5.012s"},
        Case{"a kind that is not known, with its number in the dump",
             {.attached = true,
              .status = exited(1),
              .kernel_lines = {"sched_ext: BPF scheduler \"s\" disabled (new error)"},
              .output = "DEBUG DUMP\n====================\n\na[1] triggered exit kind 1030:\n"},
             SchedulerEnd::kernel_error,
             1030,
             "new error",
             ""},
        Case{"a kind that is not known, and no dump",
             {.attached = true,
              .asked = true,
              .status = exited(0),
              .kernel_lines = {"sched_ext: BPF scheduler \"s\" disabled (new error)",
                               "sched_ext: s: no idea"}},
             SchedulerEnd::kernel_error,
             0,
             "new error",
             "no idea"},
        Case{"stalled, attached again by itself, stopped in order",
             {.attached = true,
              .asked = true,
              .status = exited(0),
              .ops = "s",
              .kernel_lines = together(stalled, unregistered)},
             SchedulerEnd::stall,
             1026,
             "runnable task stall",
             "cc1[12] failed to run for 5.012s"},
        Case{"another one stalled",
             {.attached = true,
              .asked = true,
              .status = exited(0),
              .ops = "other",
              .kernel_lines = stalled},
             SchedulerEnd::clean,
             0,
             "its process ended with exit code 0",
             ""},
        Case{"ignored SIGTERM",
             {.attached = true,
              .asked = true,
              .forced = true,
              .status = SIGKILL,
              .kernel_lines = {"sched_ext: BPF scheduler \"s\" disabled (disabled by sysrq-S)"},
              .detach_limit_ms = 10'000},
             SchedulerEnd::would_not_stop,
             67,
             "SIGTERM, and 10000 ms later SIGKILL",
             ""},
        Case{"killed by somebody",
             {.attached = true,
              .left_first = true,
              .asked = true,
              .status = SIGKILL,
              .kernel_lines = unregistered},
             SchedulerEnd::killed,
             64,
             "its process was killed by SIGKILL",
             ""},
        Case{"crashed while it stopped",
             {.attached = true, .asked = true, .status = SIGSEGV, .kernel_lines = unregistered},
             SchedulerEnd::killed,
             64,
             "its process was killed by SIGSEGV",
             ""},
        Case{"gave up by itself",
             {.attached = true,
              .left_first = true,
              .status = exited(3),
              .kernel_lines = unregistered,
              .output = "cannot read stats\n"},
             SchedulerEnd::exited,
             64,
             "its process ended with exit code 3: cannot read stats",
             ""},
        Case{"left by itself",
             {.attached = true,
              .left_first = true,
              .status = exited(0),
              .kernel_lines = {"sched_ext: BPF scheduler \"s\" disabled (unregistered from BPF)"}},
             SchedulerEnd::left,
             65,
             "unregistered from BPF",
             ""},
        Case{"gone without a word",
             {.attached = true, .left_first = true},
             SchedulerEnd::left,
             0,
             "it is no longer attached, and nobody says why",
             ""},
        Case{"still there",
             {.attached = true, .kernel_lines = {"sched_ext: BPF scheduler \"s\" enabled"}},
             SchedulerEnd::running,
             0,
             "",
             ""},
        Case{"no sched_ext",
             {.kernel_has_it = false},
             SchedulerEnd::missing_feature,
             0,
             "the kernel has no sched_ext (CONFIG_SCHED_CLASS_EXT)",
             ""},
        Case{"attach limit",
             {.forced = true, .status = SIGKILL, .output = "waiting\n", .attach_limit_ms = 500},
             SchedulerEnd::never_attached,
             0,
             "not attached after 500 ms",
             "waiting"},
        Case{"a loader with nothing to say",
             {.status = exited(0)},
             SchedulerEnd::never_attached,
             0,
             "its process ended with exit code 0",
             ""},
        Case{"a kfunc is missing",
             {.status = exited(1), .output = kfunc_is_missing},
             SchedulerEnd::missing_feature,
             0,
             "libbpf: extern (func ksym) 'scx_bpf_consume': not found in kernel or module BTFs",
             "scx_simple: scx_simple.bpf.c: Failed to load skel"},
        Case{"the verifier of a kernel that explains",
             {.status = exited(1), .output = verifier_explains},
             SchedulerEnd::verifier,
             0,
             "R8 invalid mem access 'map_value_or_null'",
             "scx-ktstr: cannot load the scheduler: Permission denied (os error 13)"},
        Case{"the verifier",
             {.status = exited(1), .output = verifier_says_no},
             SchedulerEnd::verifier,
             0,
             "R1 invalid mem access 'scalar'",
             "libbpf: failed to load object 'bad'"}));

TEST(Judge, KeepsTheExitCodeAsTheShellHasIt) {
    EXPECT_EQ(judge({.attached = true, .status = exited(3)}).exit_code, 3);
    EXPECT_EQ(judge({.attached = true, .status = SIGKILL}).exit_code, 137);
}

} // namespace
} // namespace ktstr::guest
