// Files of a run directory beside the sidecars, which may be anything by now.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace ktstr::stats {

// Absent when there is none. What is no regular file (a FIFO would hold us for ever) or larger than
// 256 MiB is an error.
Result<std::optional<std::string>> read_run_file(const std::filesystem::path& file);

} // namespace ktstr::stats
