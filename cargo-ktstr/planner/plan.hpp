// The plan of a run: what was decided before nextest starts. Written as plan.json into the run
// directory. Schema 1 (docs/reference/plan.md). History: 1 first version.
#pragma once

#include "cargo-ktstr/git/commit.hpp"
#include "cargo-ktstr/nextest/test_list.hpp"
#include "cargo-ktstr/planner/kernels.hpp"
#include "cargo-ktstr/planner/show.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::planner {

inline constexpr int plan_schema = 1;

// The tests of a run, as nextest lists them. A run that was planned knows them as variants, also
// those that the list is without; their names are many, and made one after the other.
struct RunTests {
    const nextest::TestList& list;
    std::optional<Shown> planned;

    std::size_t total() const;
    std::size_t matching() const;
};

struct Plan {
    std::chrono::system_clock::time_point created_at;
    std::vector<std::string> command_line; // as the user gave it
    std::string nextest_profile;
    std::string machine; // as asked for; empty: each test's settings
    std::vector<PlannedKernel> kernels;
    std::optional<std::string> nextest_config; // --config-file, in place of the workspace's
    std::filesystem::path tool_config;         // ours
    RunTests tests;
    Result<git::Commit> commit; // that the tests were built of, or why it is not known
};

Result<> print_run_plan(const Plan& plan, const Print& print);

Result<> write_plan(const std::filesystem::path& run_directory, const Plan& plan);

} // namespace ktstr::planner
