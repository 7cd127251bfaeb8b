// How a scheduler's life ended, from what is known about it: the kernel's word first, then the
// loader's, then how its process ended. A pure function.
#pragma once

#include "guest/wire/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::guest {

struct Course {
    bool kernel_has_it = true; // sched_ext
    bool attached = false;     // the kernel said so
    bool left_first = false;   // it was no longer attached, or its process had ended, when we asked
    bool asked = false;        // to stop: SIGTERM
    bool forced = false;       // it did not: SysRq-S, SIGKILL
    std::optional<int> status; // of its process, as wait(2) gives it; absent: alive
    std::string ops; // its name in the kernel's log; empty: not known, all lines are taken for its
    std::vector<std::string> kernel_lines; // of the kernel's log about sched_ext
    std::string output;
    std::int64_t detach_limit_ms = 0; // passed, when it was forced after it had been asked
    std::int64_t attach_limit_ms = 0; // passed, when it is not attached and its process is alive
};

// `end`, `exit_code`, `kind`, `reason`, `message` and `dump` of the story.
wire::SchedulerStory judge(const Course& course);

} // namespace ktstr::guest
