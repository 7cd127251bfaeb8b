// A guest's time stamp counter beside the host's clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace ktstr {

inline std::int64_t wall_clock_ns() {
    return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// What both showed at the same moment.
struct TimeStamp {
    std::uint64_t counter = 0;
    std::int64_t wall_time_ns = 0;
};

} // namespace ktstr
