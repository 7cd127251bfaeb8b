// The plan of a run: what was decided before nextest starts. Written as plan.json into the run
// directory. Schema 1 (docs/reference/plan.md). History: 1 first version.
#pragma once

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"
#include "cargo-ktstr/planner/kernels.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::planner {

inline constexpr int plan_schema = 1;

struct Plan {
    std::chrono::system_clock::time_point created_at;
    std::vector<std::string> command_line; // as the user gave it
    std::string nextest_profile;
    std::string machine; // as asked for; empty: each test's settings
    std::vector<PlannedKernel> kernels;
    std::optional<std::string> nextest_config; // --config-file, in place of the workspace's
    std::filesystem::path tool_config;         // ours
    nextest::TestList tests;
    Result<git::Commit> commit; // that the tests were built of, or why it is not known
};

std::string to_json(const Plan& plan);

Result<> write_plan(const std::filesystem::path& run_directory, const Plan& plan);

} // namespace ktstr::planner
