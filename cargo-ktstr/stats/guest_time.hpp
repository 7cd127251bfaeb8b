// What the times of deterministic attempts are, in the words that stand wherever people read them.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::stats {

inline constexpr std::string_view guest_time =
    "times of deterministic attempts are guest time: 4 ns for each instruction of all vCPUs "
    "together, so that n busy vCPUs share the speed of one, and idle time is skipped";

// Behind the name of what is of deterministic attempts.
inline std::string with_kind(const std::string& name, bool deterministic) {
    return deterministic ? name + " (deterministic)" : name;
}

} // namespace ktstr::stats
