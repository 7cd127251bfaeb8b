// The kernel's word on the scheduler that is attached: /sys/kernel/sched_ext
// (Documentation/scheduler/sched-ext.rst, "Switching to and from sched_ext").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ktstr::guest {

class SchedExt final {
public:
    explicit SchedExt(std::string directory = "/sys/kernel/sched_ext");

    // False on a kernel without it.
    bool exists() const;

    // "disabled", "enabling", "enabled", "disabling"; empty on a kernel without it.
    std::string state() const;

    bool is_enabled() const { return state() == "enabled"; }

    bool is_disabled() const { return state() == "disabled"; }

    // What the scheduler calls itself; empty when none is attached.
    std::string ops() const;

    // The scheduler's event counters, where the kernel has them (6.15): SCX_EV_...
    std::map<std::string, std::int64_t> events() const;

private:
    std::string directory_;
    std::string attached_; // below it: the object of the scheduler that is attached
};

// Lines "NAME number"; others are left out.
std::map<std::string, std::int64_t> parse_events(std::string_view text);

} // namespace ktstr::guest
