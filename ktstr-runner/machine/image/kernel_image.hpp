// Looks at a kernel image before anything boots: its kind, and whether it is whole and for this
// machine.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>

namespace ktstr::machine {

struct KernelImage {
    enum class Kind { bzimage, elf };
    Kind kind;
    std::string
        release; // from the image's own version string ("6.12.117-ktstr"); empty when it has none
};

// Errors: empty, not a kernel (says what `file` would), truncated (says by how much), another
// architecture, an ELF without the PVH note that direct boot needs. Spec:
// Documentation/arch/x86/boot.rst; Xen PVH boot ABI.
Result<KernelImage> inspect_kernel(const std::filesystem::path& path);

} // namespace ktstr::machine
