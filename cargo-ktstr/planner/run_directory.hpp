// Makes the directory of a run that cargo-ktstr starts: <target>/ktstr/runs/<UTC time>-<8 hex
// digits>, and <target>/ktstr/latest. nextest makes its run id only after we are gone, so the
// runners are told the directory by KTSTR_RUN_DIR; without cargo-ktstr they derive one from
// NEXTEST_RUN_ID (ktstr-runner/sidecar/run_directory.hpp).
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace ktstr::planner {

// "20260102T030405Z-89abcdef"
std::string run_name(std::chrono::system_clock::time_point now, std::uint32_t tag);

Result<std::filesystem::path> make_run_directory(const std::filesystem::path& target);

// <target>/ktstr/replays/..., of the same names: a run that repeats an attempt says nothing new of
// its test, so `latest` does not point there, and neither `stats` nor the planner counts it in.
Result<std::filesystem::path> make_replay_directory(const std::filesystem::path& target);

} // namespace ktstr::planner
