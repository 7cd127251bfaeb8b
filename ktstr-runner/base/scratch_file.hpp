// A file without a name: it goes with its descriptor, even when the process is killed.
#pragma once

#include "ktstr-runner/base/fd.hpp"

#include <filesystem>

namespace ktstr {

// On the file system of `folder`, for reading and writing.
Result<Fd> scratch_file(const std::filesystem::path& folder);

} // namespace ktstr
