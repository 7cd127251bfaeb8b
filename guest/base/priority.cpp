#include "guest/base/priority.hpp"

#include "guest/base/os.hpp"

#include <sched.h>

namespace ktstr::guest {

void rise_above_tests() {
    const sched_param parameters{.sched_priority = ::sched_get_priority_max(SCHED_FIFO)};
    ::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

// proc(5), /proc/pid/oom_score_adj.
void be_spared() {
    write_file("/proc/self/oom_score_adj", "-1000");
}

void be_ordinary() {
    write_file("/proc/self/oom_score_adj", "0");
}

} // namespace ktstr::guest
