// The SHA-256 of a large file, remembered for as long as the file is the same to stat(2): device,
// inode, size, and the two times, of which the change time cannot be set.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/host/fact_cache.hpp"

#include <filesystem>
#include <string>

namespace ktstr::host {

// What stat(2) says of the file, as one line. Follows links.
Result<std::string> file_identity(const std::filesystem::path& path);

Result<std::string> file_digest(const std::filesystem::path& path, const FactCache& cache);

} // namespace ktstr::host
