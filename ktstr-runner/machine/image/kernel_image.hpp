// Looks at a kernel image before anything boots: its kind, and whether it is whole and for this
// machine.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace ktstr::machine {

struct KernelImage {
    enum class Kind { bzimage, elf };
    Kind kind;
    std::string
        release; // from the image's own version string ("6.12.117-ktstr"); empty when it has none
    bool pvh = false; // an ELF file with the entry by which QEMU boots one
};

// Errors: empty, not a kernel (says what `file` would), truncated (says by how much), another
// architecture. Spec: Documentation/arch/x86/boot.rst; Xen PVH boot ABI.
Result<KernelImage> inspect_kernel(const std::filesystem::path& path);

// The same of what was read of it.
Result<KernelImage> inspect_kernel(std::span<const std::byte> file);

} // namespace ktstr::machine
