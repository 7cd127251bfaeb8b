// What a hypervisor counted of one vCPU since its machine was made.
#pragma once

#include <cstdint>

namespace ktstr {

struct VcpuCounters {
    std::uint64_t exits = 0;        // times the guest was left, for whatever reason
    std::uint64_t halts = 0;        // ... of these because it had nothing to do
    std::uint64_t halt_wait_ns = 0; // for how long it had not
    std::uint64_t preemptions = 0;  // times its thread was taken off a CPU in the guest
    std::uint64_t signals = 0;      // times a signal was the reason

    bool operator==(const VcpuCounters&) const = default;
};

} // namespace ktstr
