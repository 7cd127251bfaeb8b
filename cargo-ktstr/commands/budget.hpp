// --budget: what `test` and `plan` leave out for want of time.
#pragma once

#include "cargo-ktstr/commands/outlook.hpp"
#include "cargo-ktstr/planner/budget.hpp"

#include <optional>
#include <string>

namespace ktstr::commands {

// --budget ("300s", "5m") over KTSTR_BUDGET_SECS ("300"), with KTSTR_BUDGET_SEED; absent: all runs.
// The lanes come with the outlook.
Result<std::optional<planner::Budget>> budget_of(const Wishes& wishes,
                                                 const nextest::Environment& environment);

// Leaves out of the variants what the time does not suffice for.
planner::Choice choose_within(planner::Budget budget, const Wishes& wishes, Outlook& outlook);

// What runs, as the runners read it (config/selection.hpp).
std::string selection_text(const Outlook& outlook);

// Writes that, and has the runners told where it is.
Result<> put_selection(nextest::Environment& environment,
                       const std::filesystem::path& run_directory,
                       std::string_view text);

// Runs nextest as a child, so that the end can be told: what was expected, what it took, what was
// left out, and what did not begin since the time was over. Returns nextest's exit code.
Result<int> run_within(const planner::Budget& budget,
                       const planner::Choice& choice,
                       std::vector<std::string> command,
                       nextest::Environment environment,
                       const std::filesystem::path& run_directory);

} // namespace ktstr::commands
