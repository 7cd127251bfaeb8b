// Pieces of a transfer, side by side.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <functional>

namespace ktstr::remote {

// The work on the piece of that number.
using Piece = std::function<Result<>(std::uint64_t)>;

// Calls work(0) ... work(count - 1), at most `threads` at a time and in no order; `worker` makes
// what one thread works with. The first error is the result, and no piece begins after it.
Result<>
for_each_piece(std::uint64_t count, unsigned threads, const std::function<Piece()>& worker);

} // namespace ktstr::remote
