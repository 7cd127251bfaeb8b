// Decompresses what modules of kernels are compressed with: xz, zstd, gzip.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace ktstr::store {

// The compression is told by the bytes. More than `limit` bytes, and data that is broken or ends
// early, are errors of kind environment.
Result<std::string> decompress(std::string_view bytes, std::size_t limit);

// The same, given to `sink` piece by piece; its error ends it.
Result<> decompress(std::string_view bytes,
                    std::size_t limit,
                    const std::function<Result<>(std::string_view)>& sink);

} // namespace ktstr::store
