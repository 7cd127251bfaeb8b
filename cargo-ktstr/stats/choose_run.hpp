// Which run is meant: the latest, one named by its id, or one by its directory.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <filesystem>
#include <string>

namespace ktstr::stats {

// `id` is the name of a run's directory, or the front of its id: what people see. Unknown and
// ambiguous ones are errors that list what there is.
Result<std::filesystem::path> choose_run(const std::filesystem::path& target,
                                         const std::string& id);

} // namespace ktstr::stats
