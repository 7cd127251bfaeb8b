// Store entries from kernel sources, by the lean recipe: tinyconfig and the fragments of kconfig/,
// built outside the tree.
#pragma once

#include "cargo-ktstr/kernels/kconfig.hpp"
#include "cargo-ktstr/kernels/made.hpp"
#include "ktstr-runner/base/progress.hpp"

#include <filesystem>
#include <vector>

namespace ktstr::kernels {

struct BuildOptions {
    std::filesystem::path source;
    std::vector<std::filesystem::path> extra_kconfig; // fragments of the user, the later ones win
    unsigned jobs = 0;                                // 0: one for each CPU we may use
};

// What the recipe asks of a kernel of `tree` for `arch`; sched_ext only of kernels that have it.
Result<Kconfig> requested_settings(const std::filesystem::path& tree,
                                   const std::string& arch,
                                   const std::vector<std::filesystem::path>& extra);

// "<release>-<arch>-<12 hex>": source, final configuration and compiler decide. The configuration
// begins with the compiler's version, the linker's, the assembler's and pahole's
// (CONFIG_CC_VERSION_TEXT and so on).
std::string entry_key(const std::string& release,
                      const std::string& arch,
                      const std::string& source_digest,
                      const std::string& config,
                      const std::string& compiler);

Result<Made> build_kernel(const BuildOptions& options, Progress& progress);

} // namespace ktstr::kernels
