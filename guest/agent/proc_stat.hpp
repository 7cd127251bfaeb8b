// /proc/<pid>/stat, proc_pid_stat(5): what the agent wants of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::guest {

struct ProcStat {
    int pid = 0;              // field 1
    std::string comm;         // field 2, may hold blanks and parentheses
    char state = '?';         // field 3
    int parent = 0;           // field 4
    std::uint32_t flags = 0;  // field 9, PF_* of the kernel's linux/sched.h
    std::uint64_t user = 0;   // field 14, clock ticks
    std::uint64_t system = 0; // field 15
    int cpu = -1;             // field 39

    bool is_kernel_thread() const { return (flags & 0x0020'0000U) != 0; } // PF_KTHREAD

    // A zombie, or on the way there.
    bool is_ending() const {
        return state == 'Z' || state == 'X' || (flags & 0x0000'0004U) != 0; // PF_EXITING
    }
};

std::optional<ProcStat> parse_proc_stat(std::string_view text);

// The lowest address in the text of /proc/<pid>/maps, which is where a program's file begins; 0
// when there is none.
std::uint64_t lowest_mapping(std::string_view maps);

} // namespace ktstr::guest
