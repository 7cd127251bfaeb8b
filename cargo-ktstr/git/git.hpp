// The system's git, asked about a work tree. It takes no locks, so that a run and its user's own
// git do not meet.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::git {

// What it prints in the directory; an error with its own words where it fails.
Result<std::string> run(const std::filesystem::path& directory, std::vector<std::string> arguments);

// The same without blanks around it.
Result<std::string> line(const std::filesystem::path& directory,
                         std::vector<std::string> arguments);

} // namespace ktstr::git
