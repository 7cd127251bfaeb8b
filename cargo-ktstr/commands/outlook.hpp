// What `test` and `plan` know before anything runs: every variant, run or not, with what earlier
// runs tell of it, and the lanes that nextest will have.
#pragma once

#include "cargo-ktstr/commands/prepared_run.hpp"
#include "cargo-ktstr/planner/needs.hpp"

#include <string>
#include <vector>

namespace ktstr::commands {

struct Outlook {
    const nextest::TestList& list;
    std::vector<planner::PlannedKernel>
        kernels; // all that were asked for, also if no test runs on one
    planner::Variants variants;
    planner::History history;
    planner::Backend backend{};
    bool machine_asked = false;
    planner::Lanes lanes;

    planner::Times times() const;
};

// `kernels` are those that the list's tests boot. An error where the tests' binaries are gone, or a
// declaration or a configuration is wrong. The list must outlive the outlook.
Result<Outlook> look_ahead(const Wishes& wishes,
                           const nextest::Environment& environment,
                           const nextest::TestList& list,
                           const std::vector<planner::PlannedKernel>& kernels);

// How many tests nextest runs at once, as it decides it itself.
Result<unsigned> lanes_of(const Wishes& wishes, const nextest::Environment& environment);

// nextest's tool configuration for what runs.
Result<std::string> tool_config_for(const Wishes& wishes, const Outlook& outlook);

} // namespace ktstr::commands
