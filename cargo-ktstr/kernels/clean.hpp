// What may go from the kernel store: entries, and what makers of entries keep beside them.
#pragma once

#include "ktstr-runner/store/store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::kernels {

// One of the four.
struct CleanRequest {
    std::vector<std::string> keys;
    std::optional<std::uint64_t> keep; // entries, those that were used last
    std::optional<std::chrono::seconds> older_than;
    bool corrupt = false;
};

// A directory and the file whose lock says that it is in use; the file need not be there.
struct Doomed {
    std::string name; // a key, or "sources NAME", "build DIRECTORY", "draft NAME"
    std::filesystem::path path;
    std::filesystem::path marker;
};

// Entries in the order of the listing. A key that the store has not is an error with the nearest.
Result<std::vector<Doomed>> doomed_entries(const store::Listing& listing,
                                           const std::filesystem::path& root,
                                           const CleanRequest& request,
                                           std::chrono::system_clock::time_point now);

// Drafts of dead makers and build directories whose tree is gone, always; with older_than also the
// build directories and sources that were not used for so long.
std::vector<Doomed> doomed_leftovers(const std::filesystem::path& root,
                                     const CleanRequest& request,
                                     std::chrono::system_clock::time_point now);

enum class DryRun { no, yes };

struct Cleaned {
    std::vector<std::string> removed; // names; with DryRun::yes those that would be
    std::vector<std::string> in_use;
    std::vector<std::string> failed;
    std::uint64_t bytes = 0; // on the disk, of those removed
};

// By a rename to a name that no reader looks at, then for good: killed at any moment, it leaves
// each thing whole or gone.
Cleaned clean(const std::filesystem::path& root, const std::vector<Doomed>& doomed, DryRun dry_run);

} // namespace ktstr::kernels
