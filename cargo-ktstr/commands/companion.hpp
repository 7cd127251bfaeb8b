// The programs that are installed beside this one.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>

namespace ktstr::commands {

// Absolute path of `name` in the directory of this program, else in $PATH.
Result<std::filesystem::path> companion(const std::string& name);

} // namespace ktstr::commands
