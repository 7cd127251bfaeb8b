// The files of the tested package that a guest gets: those git tracks or would track (not ignored),
// else all but target/; in or out by patterns; refused above a cap.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/base/run_output.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::machine {

struct PackageFilesRules {
    std::vector<std::string>
        include; // fnmatch(3) patterns relative to the package; added even when git ignores them
    std::vector<std::string> exclude;  // taken out last
    std::vector<FileIdentity> outputs; // grow while they are read, and are of this run: never in
    std::uint64_t cap =
        64ULL << 20; // bytes; more is an error that names the largest ones and how to exclude them
};

// Absolute paths, sorted, of regular files and symbolic links (as such: Payload::add_path_as_is).
// Submodules that are checked out count with the files that they track. `package` is the directory
// of its Cargo.toml; nothing outside it is listed, nor anything under a `target` directory in
// which Cargo or cargo-llvm-cov has built.
Result<std::vector<std::filesystem::path>> package_files(const std::filesystem::path& package,
                                                         const PackageFilesRules& rules);

} // namespace ktstr::machine
