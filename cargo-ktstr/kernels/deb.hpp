// Store entries from Debian kernel packages, without installing them and without a build.
#pragma once

#include "cargo-ktstr/kernels/made.hpp"

#include <filesystem>
#include <vector>

namespace ktstr::kernels {

struct DebImport {
    // linux-image-*, or linux-binary-* with linux-base-* (the configuration) and, if wanted,
    // linux-modules-*: the packages of one kernel, in any order.
    std::vector<std::filesystem::path> packages;
};

Result<Made> import_debs(const DebImport& import);

} // namespace ktstr::kernels
