// The kernel that a bzImage carries compressed: an ELF file that a machine starts without unpacking
// it first, each time.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>

namespace ktstr::kernels {

// Writes it to `vmlinux`. False, and nothing is written, when the image is no bzImage or carries
// what we cannot read: it boots all the same. Documentation/arch/x86/boot.rst, "payload_offset".
Result<bool> unpack_vmlinux(const std::filesystem::path& image,
                            const std::filesystem::path& vmlinux);

} // namespace ktstr::kernels
