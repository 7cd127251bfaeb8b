// What of a kernel image goes where in memory, and where it is entered: by the 64-bit boot
// protocol, which a bzImage and a vmlinux share (Documentation/arch/x86/boot.rst).
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ktstr::machine::x86_64 {

struct KernelPiece {
    std::uint64_t address = 0; // physical
    std::span<const std::byte> bytes;
};

struct KernelLoad {
    std::vector<KernelPiece> pieces;
    std::uint64_t entry = 0;
    std::uint64_t end = 0;             // of all memory that it uses before it knows what is free
    std::span<const std::byte> header; // a bzImage's setup header, at its place in the zero page
};

// The spans are into `file`, which inspect_kernel() has found whole. Refuses an ELF file whose
// segments lie below 1 MiB, or overlap the end of addresses.
Result<KernelLoad> kernel_load(std::span<const std::byte> file);

} // namespace ktstr::machine::x86_64
