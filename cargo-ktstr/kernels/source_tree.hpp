// A kernel source tree: whether it can be built, and which source it is.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>

namespace ktstr::kernels {

// The canonical path of a tree. An error for what is no kernel tree.
Result<std::filesystem::path> check_source_tree(const std::filesystem::path& source);

struct SourceIdentity {
    std::string digest; // equal for equal sources, on any machine
    std::string words;  // for people: "git 1234567890ab, 2 files changed", "/usr/src/linux-6.12"
};

// In a git work tree: HEAD and the contents of all that differs from it. Elsewhere: names and
// contents of every file.
Result<SourceIdentity> identify_source(const std::filesystem::path& tree);

} // namespace ktstr::kernels
