// The environment variables that the tool itself reads, one table.
#pragma once

#include "ktstr-runner/base/log.hpp"
#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/config/ktstr_config.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::config {

struct EnvKey {
    std::string_view name;
    std::string_view value; // what it may hold
    std::string_view meaning;
};

std::span<const EnvKey> env_keys();

// Variables over ktstr.toml, for all tests alike: KTSTR_TOPOLOGY, KTSTR_MEMORY, KTSTR_KERNEL,
// KTSTR_MACHINE. An empty or impossible value is an error that names the variable. `environment` is
// "NAME=value" each.
Result<> apply_environment(std::span<const std::string> environment, TestSettings& settings);

// KTSTR_LOG.
Result<LogLevel> log_level_from(std::span<const std::string> environment);

inline constexpr const char* gauntlet_listed_variable = "KTSTR_GAUNTLET_LISTED";

// What the gauntlet is in this run: KTSTR_GAUNTLET, KTSTR_GAUNTLET_LISTED, KTSTR_OVERCOMMIT.
struct GauntletKeys {
    bool runs = false;       // else its variants are ignored tests
    bool listed = true;      // else who asked for the listing knows them
    unsigned overcommit = 8; // vCPUs for each CPU of the host
};

Result<GauntletKeys> gauntlet_from(std::span<const std::string> environment);

struct UnknownEnv {
    std::string name;
    std::optional<std::string> nearest;
};

// KTSTR_* variables that nothing reads: most likely typing errors.
std::vector<UnknownEnv> unknown_env_keys(std::span<const std::string> environment);

} // namespace ktstr::config
