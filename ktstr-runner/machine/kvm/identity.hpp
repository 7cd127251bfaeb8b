// What decides, beside kernel, initramfs and processor, how a machine of ours stands once it is
// booted.
#pragma once

#include "ktstr-runner/machine/spec.hpp"

#include <cstdint>
#include <string>

namespace ktstr::machine::kvm {

// The kernel's command line, topology and memory, as text.
Result<std::string> identity(const MachineSpec& spec, std::uint64_t tsc_khz);

} // namespace ktstr::machine::kvm
