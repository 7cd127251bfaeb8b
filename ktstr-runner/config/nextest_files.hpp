// KTSTR_NEXTEST_CONFIG: the configuration files that nextest was given, in its order. nextest does
// not tell its tests, so whoever starts nextest with more than the workspace's file tells the
// runners. A list of absolute paths with ':' between them, so that only ":/" cannot be in a path.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::config {

inline constexpr std::string_view nextest_config_variable = "KTSTR_NEXTEST_CONFIG";

// The variable's value.
Result<std::string> nextest_config_value(std::span<const std::filesystem::path> files);

// What the variable says; without it, the workspace's own file. `environment` is "NAME=value" each.
Result<std::vector<std::filesystem::path>>
nextest_config_files(std::span<const std::string> environment,
                     const std::filesystem::path& workspace_root);

} // namespace ktstr::config
