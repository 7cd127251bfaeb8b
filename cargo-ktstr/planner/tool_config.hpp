// The tool configuration that nextest gets from us (`--tool-config-file ktstr:PATH`). It lies below
// the user's file, but an override in it outranks a plain key of the user's profile. So it has none
// for a key that the profile has, and all that it has are of the profile `default`: below the
// user's overrides, of whatever profile.
#pragma once

#include "cargo-ktstr/planner/needs.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::planner {

// NEXTEST_ATTEMPT, by which sidecars tell attempts apart, came with 0.9.116.
inline constexpr std::string_view required_nextest = "0.9.116";
// NEXTEST_RUN_ID and NEXTEST_BINARY_ID during listing came with 0.9.138.
inline constexpr std::string_view recommended_nextest = "0.9.138";

struct ToolConfig {
    const Times& times;
    const Variants& variants;
    std::span<const Need> needs;
    const std::set<std::string>& users; // keys that the user's profile has
    // How many tests with performance_mode and so many lanes the host has CPUs for at once. More
    // would only wait for these, and keep lanes from others.
    std::map<unsigned, unsigned> performance_at_once;
};

// Tests that the rules of one key name at most: more, and a run's start and its runners would feel
// it.
inline constexpr std::size_t most_names = 500;

// Only the versions.
std::string tool_config();

// With `threads-required`, `slow-timeout`, `test-group` and `priority` where they are not nextest's
// own. The lanes of the gauntlet are those of its presets. Other rules name their tests, the most
// lanes, the longest limits and the highest priorities first; what is beyond `most_names` has
// nextest's own. A reserve, whose priorities are below 0, is named beside that, and as a whole.
std::string tool_config(const ToolConfig& config);

} // namespace ktstr::planner
