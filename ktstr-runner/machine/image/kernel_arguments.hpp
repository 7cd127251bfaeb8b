// The kernel's command line, as far as it does not depend on the backend.
#pragma once

#include "ktstr-runner/machine/spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ktstr::machine {

struct KernelFacts {
    std::uint64_t window_base = 0; // guest physical
    std::uint64_t window_size = 0;
    std::uint64_t tsc_khz = 0;      // 0: not known
    std::vector<std::string> words; // of the backend
};

// Documentation/admin-guide/kernel-parameters.txt. The spec's own arguments come last and so win.
std::string kernel_arguments(const MachineSpec& spec, const KernelFacts& facts);

} // namespace ktstr::machine
