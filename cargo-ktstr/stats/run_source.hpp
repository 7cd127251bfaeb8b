// What a run's programs were built of, by its plan (docs/reference/plan.md).
#pragma once

#include "ktstr-runner/base/json_view.hpp"

#include <filesystem>
#include <string>

namespace ktstr::stats {

struct RunSource {
    std::string commit;  // empty: not known
    bool dirty = false;  // files that git tracks differed from it
    std::string unknown; // why it is not known
};

RunSource source_in(JsonView plan);

// Of a run without a plan, or whose plan is older than that or cannot be read, it is not known.
RunSource source_of(const std::filesystem::path& run);

// "commit 3f9a81c0d2e1, with changes that are not committed"
std::string in_words(const RunSource& source);

} // namespace ktstr::stats
