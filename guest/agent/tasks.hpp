// The tasks of the guest that are the test's or the setup's: all but kernel threads, this program,
// its child that waits to become the test's, the engine and the scheduler under test.
#pragma once

#include "guest/agent/proc_stat.hpp"
#include "guest/wire/messages.hpp"

#include <cstddef>
#include <vector>

namespace ktstr::guest {

// Processes that are alive and not ending.
std::vector<ProcStat> user_processes();

// Their threads, each with what it is doing; at most `limit`.
std::vector<wire::Task> describe_user_tasks(std::size_t limit);

// Makes those of their threads ordinary that are SCHED_FIFO, SCHED_RR or SCHED_DEADLINE. Returns
// how many it were.
int demote_real_time_tasks();

} // namespace ktstr::guest
