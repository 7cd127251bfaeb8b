// Where a vCPU of a machine that stands still is.
#pragma once

#include <cstdint>

namespace ktstr {

struct VcpuPlace {
    std::uint64_t pc = 0;
    bool in_kernel = false;
    bool halted = false; // it waits for an interrupt
};

} // namespace ktstr
