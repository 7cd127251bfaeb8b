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

// Whether one of them may choose among the tests of a binary: a default filter, or a script that
// lists for it. By the keys' names anywhere in it; one that is not there has none, one that cannot
// be read may.
bool choose_tests(std::span<const std::filesystem::path> files);

// Whether one of them orders tests, which nextest has in overrides alone (`priority`).
bool order_tests(std::span<const std::filesystem::path> files);

} // namespace ktstr::nextest
