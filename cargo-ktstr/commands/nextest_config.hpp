// Whose configuration a command line of nextest means, and how the runners hear of it.
#pragma once

#include "cargo-ktstr/nextest/environment.hpp"
#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <span>
#include <string>

namespace ktstr::commands {

// An archive may be run where there is no workspace: then it is the current directory.
std::filesystem::path workspace_of(std::span<const std::string> nextest_arguments);

// Sets KTSTR_NEXTEST_CONFIG for the runners; `command` is all that nextest is started with.
Result<> put_nextest_config(nextest::Environment& environment,
                            std::span<const std::string> command);

} // namespace ktstr::commands
