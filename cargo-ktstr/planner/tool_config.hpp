// The tool configuration that nextest gets from us (`--tool-config-file ktstr:PATH`). It lies below
// the user's file, but an override in it outranks a plain key of the user's profile, and tables of
// both are merged key by key. So it holds only what cannot stand against the user: the version of
// nextest that the runner needs.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::planner {

// NEXTEST_ATTEMPT, by which sidecars tell attempts apart, came with 0.9.116.
inline constexpr std::string_view required_nextest = "0.9.116";
// NEXTEST_RUN_ID and NEXTEST_BINARY_ID during listing came with 0.9.138.
inline constexpr std::string_view recommended_nextest = "0.9.138";

std::string tool_config();

} // namespace ktstr::planner
