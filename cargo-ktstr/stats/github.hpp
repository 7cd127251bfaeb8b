// What a job of GitHub Actions shows of a run: a summary in Markdown, and annotations
// (docs.github.com, "Workflow commands for GitHub Actions").
#pragma once

#include "cargo-ktstr/stats/runs.hpp"

#include <string>

namespace ktstr::stats {

// For the file that GITHUB_STEP_SUMMARY names: the totals, and a table of what did not pass.
std::string step_summary(const Runs& runs);

// A line for each test that did not pass: an error for a failure, a warning for one without a
// verdict. GitHub shows ten of a kind and step; of more the last line says how many.
std::string annotations(const Runs& runs);

} // namespace ktstr::stats
