// The zero page: all that a kernel is told by who boots it. Documentation/arch/x86/boot.rst,
// "64-bit boot protocol", and zero-page.rst.
#pragma once

#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"

#include <asm/bootparam.h>

#include <cstddef>
#include <span>

namespace ktstr::machine::x86_64 {

// `header` is the setup header of a bzImage, or empty for a vmlinux. `initramfs` has size 0 when
// there is none.
boot_params zero_page(const MemoryMap& map, std::span<const std::byte> header, Range initramfs);

// Where the initramfs goes: as high as all kernels reach, on a page. Refused when RAM has no place
// for it above `kernel_end`.
Result<Range>
place_initramfs(const MemoryMap& map, std::uint64_t kernel_end, std::uint64_t initramfs_size);

} // namespace ktstr::machine::x86_64
