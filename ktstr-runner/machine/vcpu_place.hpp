// Where a vCPU of a machine that stands still is.
#pragma once

#include <cstdint>

namespace ktstr::machine {

struct VcpuPlace {
    std::uint64_t pc = 0;
    bool in_kernel = false;
    bool halted = false; // it waits for an interrupt
};

} // namespace ktstr::machine
