// The attempts of one run, or of several that were parts of one: shards, a matrix of jobs.
#pragma once

#include "cargo-ktstr/stats/attempt.hpp"
#include "cargo-ktstr/stats/run_plan.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace ktstr::stats {

struct RunRead {
    std::filesystem::path directory;
    RunSource source;
};

struct Runs {
    std::vector<RunRead> read; // those with results
    Words words;
    std::vector<Attempt> attempts;
    std::vector<Attempt> not_begun;   // no attempts: the time of the run's budget was over
    std::vector<std::string> damaged; // "path: why"
    std::size_t identical = 0;        // attempts that were there more than once
    std::vector<std::filesystem::path> without_tests; // parts for which the others left none
};

// Whether any attempt's times are guest time.
bool has_deterministic(const Runs& runs);

// An attempt whose record is there twice, the same to the byte (a run that two jobs have
// downloaded), counts once; two that differ are two. A directory that cannot be read is an error,
// and so is one without results, unless it is one of several and had no test to run. On all CPUs at
// once, with no record in memory longer than it takes to read it.
Result<Runs> read_runs(std::span<const std::filesystem::path> directories);

} // namespace ktstr::stats
