// Store entries from kernel packages of Debian and Ubuntu, without installing them and without a
// build.
#pragma once

#include "cargo-ktstr/kernels/made.hpp"

#include <filesystem>
#include <vector>

namespace ktstr::kernels {

struct DebImport {
    // The packages of one kernel, in any order. Debian: linux-image-*, or linux-binary-* with
    // linux-base-* (the configuration) and, if wanted, linux-modules-*. Ubuntu: linux-image-* or
    // linux-image-unsigned-*, with linux-modules-* (the configuration too) and, if wanted,
    // linux-modules-extra-*.
    std::vector<std::filesystem::path> packages;
};

Result<Made> import_debs(const DebImport& import);

} // namespace ktstr::kernels
