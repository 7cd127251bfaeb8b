// Puts a kernel with all that it is told into a machine's RAM.
#pragma once

#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"

#include <cstddef>
#include <span>

namespace ktstr::machine::kvm {

// `ram` is zeros, map.ram_size() of them, in the order of the map's pieces. Returns the address at
// which the first CPU enters the kernel. Refused when kernel, initramfs or command line do not fit.
Result<std::uint64_t> put_kernel(const MachineSpec& spec,
                                 const machine::x86_64::MemoryMap& map,
                                 std::uint64_t tsc_khz,
                                 std::span<std::byte> ram);

} // namespace ktstr::machine::kvm
