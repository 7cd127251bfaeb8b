// The plan of a run: what was decided before nextest starts. Written as plan.json into the run
// directory. Schema 1 (docs/reference/plan.md). History: 1 first version.
#pragma once

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"
#include "cargo-ktstr/planner/kernels.hpp"
#include "cargo-ktstr/planner/times.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ktstr::planner {

inline constexpr int plan_schema = 1;

// What tests that run are expected to take, by their binary's id and their name in nextest.
using ExpectedTimes = std::map<std::pair<std::string, std::string>, Expected>;

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
    ExpectedTimes expected;     // empty where the run was not planned
};

ExpectedTimes expected_times(const Times& times, const Variants& variants);

std::string to_json(const Plan& plan);

Result<> write_plan(const std::filesystem::path& run_directory, const Plan& plan);

} // namespace ktstr::planner
