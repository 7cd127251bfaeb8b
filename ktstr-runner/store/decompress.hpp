// Decompresses what modules of kernels are compressed with: xz, zstd, gzip.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ktstr::store {

// The compression is told by the bytes. More than `limit` bytes, and data that is broken or ends
// early, are errors of kind environment.
Result<std::string> decompress(std::string_view bytes, std::size_t limit);

} // namespace ktstr::store
