// Which files of a work tree differ from what its branch began with, by the system's git.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace ktstr::planner {

struct ChangedFiles {
    std::string since;                     // a commit, abbreviated
    std::set<std::filesystem::path> files; // canonical directories; removed ones are in it too
};

// What was committed since the work tree left `base`, what is not committed yet, and new files that
// are not ignored. `base` is a branch such as "origin/main"; absent: the server's main branch
// (origin/HEAD, as git clone notes it), else the branch's upstream, or HEAD where there is neither.
// An error where there is no git or no work tree, or `base` is unknown.
Result<ChangedFiles> changed_files(const std::filesystem::path& workspace,
                                   const std::optional<std::string>& base);

} // namespace ktstr::planner
