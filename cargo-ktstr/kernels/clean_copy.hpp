// A kernel source tree that was configured or built in place, without what the build made: kbuild
// refuses to build such a tree elsewhere, and its makers do not want it cleaned.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>

namespace ktstr::kernels {

// Whether kbuild would refuse it (the kernel's top Makefile, "outputmakefile").
bool is_configured_in_place(const std::filesystem::path& tree);

// Makes `copy` the files of the git work tree `tree` that git tracks or would track. What is the
// same by size and time stays as it is, so that make builds only what changed. An error where there
// is no git, which is what tells sources from the rest.
Result<> clean_copy(const std::filesystem::path& tree, const std::filesystem::path& copy);

} // namespace ktstr::kernels
