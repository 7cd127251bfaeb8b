// The configuration files that nextest reads for a command line.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::nextest {

// In nextest's order, absolute: --config-file, or else the workspace's .config/nextest.toml, then
// each --tool-config-file as it comes.
std::vector<std::filesystem::path> config_files(std::span<const std::string> arguments,
                                                const std::filesystem::path& workspace_root);

} // namespace ktstr::nextest
