// Store entries from kernel sources, configured by a recipe and built outside the tree.
#pragma once

#include "cargo-ktstr/kernels/made.hpp"
#include "ktstr-runner/base/progress.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::kernels {

// Where a tree is from that is not the user's own.
struct Provenance {
    std::string kind;     // "tarball", "git": the entry's `source`
    std::string words;    // for people: "linux-6.14.9.tar.xz", "git+URL#REF at 0123456789ab"
    std::string identity; // equal for equal sources: the tree need not be read to know it
};

struct BuildOptions {
    std::filesystem::path source;
    std::string base = "lean";                        // as Recipe::base
    std::vector<std::filesystem::path> extra_kconfig; // fragments of the user, the later ones win
    unsigned jobs = 0;                                // 0: one for each CPU we may use
    unsigned cpu_cap = 0;                             // 0: all CPUs we may use
    std::optional<Provenance> provenance;             // absent: the user's own tree
};

// Where make puts what it makes of a tree; kept for the user's own, so that the next build compiles
// only what changed.
std::filesystem::path build_directory(const std::filesystem::path& root,
                                      const std::filesystem::path& tree);

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
