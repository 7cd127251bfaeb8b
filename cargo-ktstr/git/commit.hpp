// Commits: which one a work tree is of, and which one a name means.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace ktstr::git {

struct Commit {
    std::string id; // all its digits
    // Files that git tracks differ from it, in the index or in the work tree, submodules too. Files
    // that it does not know are not looked at.
    bool dirty = false;
};

// Of the work tree that the directory is in. An error where there is no git, no work tree, or no
// commit yet.
Result<Commit> checked_out(const std::filesystem::path& directory);

// All digits of the commit that a branch, a tag, some digits, HEAD~1 or any other revision of git
// (gitrevisions(7)) means there; an error where it means none.
Result<std::string> commit_named(const std::filesystem::path& directory, const std::string& name);

// As people are shown it.
std::string_view short_id(std::string_view id);

} // namespace ktstr::git
