// What the kernel says when a sched_ext scheduler goes: in its log (kernel/sched/ext.c,
// scx_ops_disable_workfn), and through the loader (tools/sched_ext/include/scx/user_exit_info.h,
// scx_utils' UserExitInfo).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::guest {

// enum scx_exit_kind
inline constexpr std::int64_t exit_unregistered = 64;
inline constexpr std::int64_t exit_unregistered_by_bpf = 65;
inline constexpr std::int64_t exit_unregistered_by_kernel = 66;
inline constexpr std::int64_t exit_sysrq = 67;
inline constexpr std::int64_t exit_error = 1024; // this and all above are errors
inline constexpr std::int64_t exit_error_bpf = 1025;
inline constexpr std::int64_t exit_error_stall = 1026;

struct KernelExit {
    std::int64_t kind = 0; // 0: a reason that is not known here
    std::string reason;    // "runnable task stall"
    std::string message;   // "cc1[123] failed to run for 5.012s"
    bool is_error = false;
};

// enum scx_exit_kind of a reason; 0 for one that is not known.
std::int64_t kind_of(std::string_view reason);

// True for the kernel's line that a scheduler is enabled, or disabled.
bool tells_of_enabling(std::string_view line);
bool tells_of_disabling(std::string_view line);

// The first error that lines of the kernel's log tell, else the last ending: a loader may attach
// again by itself after an error, and leave in order later. Other schedulers' lines do not count
// when `ops` is its name; empty: not known, all count.
std::optional<KernelExit> exit_in_kernel_log(const std::vector<std::string>& lines,
                                             std::string_view ops = {});

// The first error that a loader's output tells, else the last ending: "EXIT: reason (message)".
std::optional<KernelExit> exit_in_output(std::string_view output);

// The kernel's dump in a loader's output, without its frame; empty when there is none.
std::string dump_in_output(std::string_view output);

// The output without the last of its dumps, which is told apart.
std::string without_dump(std::string_view output);

// The number in "comm[pid] triggered exit kind 1026:" of a dump; 0 when it is not there.
std::int64_t kind_in_dump(std::string_view dump);

} // namespace ktstr::guest
