// The directory under which everything that can be made again is kept: $XDG_CACHE_HOME/ktstr, else
// ~/.cache/ktstr.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>

namespace ktstr {

// Not made here. Without HOME and XDG_CACHE_HOME: an error that says to set one.
Result<std::filesystem::path> cache_dir();

} // namespace ktstr
