#include "guest/base/priority.hpp"

#include <sched.h>

namespace ktstr::guest {

void rise_above_tests() {
    const sched_param parameters{.sched_priority = ::sched_get_priority_max(SCHED_FIFO)};
    ::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
}

} // namespace ktstr::guest
