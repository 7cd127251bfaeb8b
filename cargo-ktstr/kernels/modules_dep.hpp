// modules.dep of a kernel whose packages bring none: distributions make it with depmod(8) when they
// are installed.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::kernels {

struct ModuleNeeds {
    std::string path;               // relative to the folder of modules.dep
    std::vector<std::string> names; // of the modules that it needs itself
};

// The text of modules.dep(5): behind each module all that it needs, also by what it needs, the last
// to be loaded first. A need that is not among the modules is left out, as depmod does: it may be
// built in, or come with another package. A circle of needs, and a chain of more than 100, are
// errors.
Result<std::string> modules_dep(const std::vector<ModuleNeeds>& modules);

// Writes modules.dep of all modules below `folder` (<draft>/modules/<release>), unless it has one.
Result<> write_modules_dep(const std::filesystem::path& folder);

} // namespace ktstr::kernels
