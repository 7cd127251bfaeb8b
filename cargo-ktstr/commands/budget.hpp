// --budget: what `test` and `plan` leave out for want of time.
#pragma once

#include "cargo-ktstr/commands/outlook.hpp"
#include "cargo-ktstr/planner/carried_out.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace ktstr::commands {

// Of the option, "300s", or of KTSTR_BUDGET_SECS, "300".
Result<std::chrono::nanoseconds> parse_budget(const std::string& text, bool of_option);

// --budget ("300s", "5m") over KTSTR_BUDGET_SECS ("300"), with KTSTR_BUDGET_SEED; absent: all runs.
// The lanes come with the outlook.
Result<std::optional<planner::Budget>> budget_of(const Wishes& wishes,
                                                 const nextest::Environment& environment);

// Leaves out of the variants what the time does not suffice for, and has some of that in reserve:
// none where the user's profile has priorities of its own, for a reserve must begin last.
Result<planner::Choice>
choose_within(planner::Budget budget, const Wishes& wishes, Outlook& outlook);

// A choice as it is carried out.
struct BudgetedRun {
    planner::Budget budget;
    planner::Choice choice;
    planner::Selection selection;
};

// Has the runners told what was chosen, and runs nextest as a child, so that the end can be told:
// what was expected, what it took, what of the reserve ran, what was left out, and what did not
// begin since the time was over. Returns nextest's exit code.
Result<int> run_within(const BudgetedRun& run,
                       std::vector<std::string> command,
                       nextest::Environment environment,
                       const std::filesystem::path& run_directory);

} // namespace ktstr::commands
