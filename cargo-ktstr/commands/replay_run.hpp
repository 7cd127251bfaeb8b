// The run of nextest that repeats one attempt: what it is told.
#pragma once

#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/commands/replay_attempt.hpp"
#include "cargo-ktstr/nextest/environment.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::commands {

// A filter of nextest's for that test of that binary alone.
std::string filter_for(std::string_view binary_id, std::string_view test);

// Options of nextest's by which that test alone runs, and once: a second try would be another run.
std::vector<std::string> this_test_once(std::string_view binary_id, std::string_view test);

// The kernel that it ran on, from the store, with the label that its name ends with.
Result<planner::PlannedKernel> kernel_of(const sidecar::Record& record);

// Machine, seed, topology, memory and templates as they were.
void put_attempt(nextest::Environment& environment, const sidecar::Record& record);

// How the programs of the attempt's run were built, by its plan: nextest's options. None where
// there is no plan.
std::vector<std::string> build_options_of(const std::filesystem::path& run);

} // namespace ktstr::commands
