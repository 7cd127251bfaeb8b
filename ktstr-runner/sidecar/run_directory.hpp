// Where a run's results go: <target>/ktstr/runs/<UTC time>-<8 hex of the run id>/, and
// <target>/ktstr/latest. Nothing is ever deleted by a run.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::sidecar {

// The directory of run `run_id` (NEXTEST_RUN_ID; every runner of a run finds the same one), made
// with `latest` pointing to it if it is not there. Two processes at once agree: the directory's
// name is fixed under a lock.
Result<std::filesystem::path> run_directory(const std::filesystem::path& target,
                                            const std::string& run_id);

// <target>/ktstr/latest resolved; an error of its own when there is no run.
Result<std::filesystem::path> latest_run(const std::filesystem::path& target);

// All run directories, oldest first.
Result<std::vector<std::filesystem::path>> all_runs(const std::filesystem::path& target);

} // namespace ktstr::sidecar
