// Which runs the words of `stats compare` mean: directories, runs of this workspace, or revisions
// of git, whose runs are taken together.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ktstr::stats {

struct NamedRuns {
    std::vector<std::filesystem::path> runs;
    std::vector<std::string> notes; // "v1.2 is commit 3f9a81c0d2e1: 3 runs; left out: ..."
};

struct Places {
    std::function<Result<std::filesystem::path>()> target; // asked when a word is no path
    std::filesystem::path work_tree;
};

// Several with commas between them. One that begins with / or . and a slash is a path. Any other
// that means more than one thing (a directory, a run, a revision) is an error that tells how to say
// each. Of a revision those runs of the target directory are taken that were recorded at its commit
// with no change that is not committed, and that have results.
Result<NamedRuns> named_runs(const std::string& words, const Places& places);

} // namespace ktstr::stats
