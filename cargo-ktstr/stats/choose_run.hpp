// Which run is meant: the latest, one named by its id, or one by its directory.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace ktstr::stats {

// `id` is the name of a run's directory, or the front of its id: what people see. Of the target
// directory's runs those that are called so.
Result<std::vector<std::filesystem::path>> runs_called(const std::filesystem::path& target,
                                                       const std::string& id);

// "a, b, c": the newest few.
std::string newest_in_words(const std::vector<std::filesystem::path>& runs);

// The one that is called so. Unknown and ambiguous ones are errors that list what there is.
Result<std::filesystem::path> choose_run(const std::filesystem::path& target,
                                         const std::string& id);

} // namespace ktstr::stats
