// The sources of a release of the kernel as a directory: downloaded, verified and unpacked, once.
#pragma once

#include "cargo-ktstr/fetch/catalog.hpp"
#include "cargo-ktstr/fetch/source_cache.hpp"
#include "ktstr-runner/base/progress.hpp"

#include <filesystem>

namespace ktstr::fetch {

// <cache>/linux-VERSION, or linux-VERSION.unverified without verification: what was not verified
// never passes for what was. The tarball is kept beside it until it is unpacked, so that a download
// goes on where it broke off. Signatures are those that the catalog is to verify; a candidate has
// none. The error for a version that does not exist names the nearest.
Result<std::filesystem::path>
source_tree(const Version& version, const SourceCache& cache, Catalog& catalog, Progress& progress);

// The same from $KTSTR_KERNEL_MIRROR, else kernel.org.
Result<std::filesystem::path>
source_tree(const Version& version, const SourceCache& cache, Verify verify, Progress& progress);

} // namespace ktstr::fetch
