// Cargo's target directory, without building anything.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ktstr::stats {

// Of the workspace that the current directory belongs to.
Result<std::filesystem::path> target_directory();

// The decision behind it: `variable` looks up the environment, `metadata` is the output of
// `cargo metadata --no-deps --format-version 1`, asked for only when no variable answers.
Result<std::filesystem::path>
target_directory(const std::function<std::optional<std::string>(const char*)>& variable,
                 const std::function<Result<std::string>()>& metadata,
                 const std::filesystem::path& cwd);

} // namespace ktstr::stats
