// The fields of the objects in a record: what the writer and the reader go by.
#pragma once

#include "ktstr-runner/sidecar/sidecar.hpp"

#include <array>
#include <variant>

namespace ktstr::sidecar {

struct CounterName {
    const char* name;
    std::uint64_t VcpuCounters::* counter;
};

inline constexpr std::array counter_names{
    CounterName{"exits",        &VcpuCounters::exits       },
    CounterName{"halts",        &VcpuCounters::halts       },
    CounterName{"halt_wait_ns", &VcpuCounters::halt_wait_ns},
    CounterName{"preemptions",  &VcpuCounters::preemptions },
    CounterName{"signals",      &VcpuCounters::signals     },
};

// A field of SchedulerRecord is a text or a number.
struct SchedulerField {
    const char* name;
    std::variant<std::string SchedulerRecord::*, std::int64_t SchedulerRecord::*> member;
};

inline constexpr std::array scheduler_fields{
    SchedulerField{"name",      &SchedulerRecord::name     },
    SchedulerField{"ops",       &SchedulerRecord::ops      },
    SchedulerField{"end",       &SchedulerRecord::end      },
    SchedulerField{"attach_ns", &SchedulerRecord::attach_ns},
    SchedulerField{"ran_ns",    &SchedulerRecord::ran_ns   },
    SchedulerField{"detach_ns", &SchedulerRecord::detach_ns},
    SchedulerField{"exit_code", &SchedulerRecord::exit_code},
    SchedulerField{"kind",      &SchedulerRecord::kind     },
    SchedulerField{"reason",    &SchedulerRecord::reason   },
    SchedulerField{"message",   &SchedulerRecord::message  },
};

} // namespace ktstr::sidecar
