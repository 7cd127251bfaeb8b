// nextest's `platform` key of an override, as far as a Linux host can tell without a cfg evaluator.
#pragma once

#include "ktstr-runner/config/match.hpp"
#include "ktstr-runner/config/toml_file.hpp"

#include <string_view>

namespace ktstr::config {

// One triple or cfg expression, judged for the machine that we run on.
Match target_matches(std::string_view spec);

// The key's value: a string (the target), or a table of `host` and `target`.
Match platform_matches(const TomlNode& platform);

} // namespace ktstr::config
