// Names in the template store, beyond those of every cache (cache/names.hpp).
#pragma once

#include "ktstr-runner/cache/names.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace ktstr::templates {

// <root>, in the cache directory.
inline std::filesystem::path root_in(const std::filesystem::path& cache) {
    return cache / "templates";
}

// How often a run has used the template of that key (session/forks.hpp).
inline std::filesystem::path uses_path(const std::filesystem::path& root, const std::string& key) {
    return root / cache::locks_name / (key + ".uses");
}

inline constexpr std::string_view meta_name = "meta.json";

} // namespace ktstr::templates
