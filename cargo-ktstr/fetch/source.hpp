// The sources of a release of the kernel as a directory: downloaded, verified and unpacked, once.
#pragma once

#include "cargo-ktstr/fetch/catalog.hpp"
#include "cargo-ktstr/fetch/source_cache.hpp"
#include "ktstr-runner/base/progress.hpp"

#include <filesystem>

namespace ktstr::fetch {

// <cache>/linux-VERSION with Catalog::distrust() behind it: what was not verified, or signed by
// another than kernel.org's signer, never passes for what was. The tarball is kept beside it until
// it is unpacked, so that a download goes on where it broke off. Signatures are those that the
// catalog is to verify; a candidate has none. The error for a version that does not exist names the
// nearest.
Result<std::filesystem::path>
source_tree(const Version& version, const SourceCache& cache, Catalog& catalog, Progress& progress);

} // namespace ktstr::fetch
