// Store entries from Debian kernel packages, without installing them and without a build.
#pragma once

#include "ktstr-runner/store/store.hpp"

#include <filesystem>
#include <vector>

namespace ktstr::kernels {

struct DebImport {
    // linux-image-*, or linux-binary-* with linux-base-* (the configuration) and, if wanted,
    // linux-modules-*: the packages of one kernel, in any order.
    std::vector<std::filesystem::path> packages;
};

struct Imported {
    store::Entry entry;
    bool was_there = false; // the store had an entry of the same packages
};

Result<Imported> import_debs(const DebImport& import);

} // namespace ktstr::kernels
