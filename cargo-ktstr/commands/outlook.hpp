// What `test` and `plan` know before anything runs: every variant, run or not, with what earlier
// runs tell of it, and the lanes that nextest will have.
#pragma once

#include "cargo-ktstr/commands/listing.hpp"
#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/planner/needs.hpp"

#include <map>
#include <string>
#include <vector>

namespace ktstr::commands {

struct Outlook {
    const nextest::TestList& list;
    std::vector<planner::PlannedKernel>
        kernels; // all that were asked for, also if no test runs on one; with their tests
    planner::Variants variants;
    planner::History history;
    planner::Backend backend{};
    bool machine_asked = false;
    planner::Lanes lanes;

    planner::Times times() const;
};

// `kernels` are those that the list's tests boot. An error where the tests' binaries are gone, or a
// declaration or a configuration is wrong. The listing must outlive the outlook.
Result<Outlook> look_ahead(const Wishes& wishes,
                           const nextest::Environment& environment,
                           const Listing& listing,
                           const std::vector<planner::PlannedKernel>& kernels);

// How many tests nextest runs at once, as it decides it itself.
Result<unsigned> lanes_of(const Wishes& wishes, const nextest::Environment& environment);

// How many tests with performance_mode and so many lanes the host has CPUs for at once, of those
// that run: of each number of lanes by the largest. Empty where its CPUs are not known, and each
// test says so.
std::map<unsigned, unsigned> performance_at_once(const Outlook& outlook);

// The configuration files of the user's that nextest reads.
std::vector<std::filesystem::path> users_files(const Wishes& wishes);

// nextest's tool configuration for what runs.
Result<std::string> tool_config_for(const Wishes& wishes, const Outlook& outlook);

} // namespace ktstr::commands
