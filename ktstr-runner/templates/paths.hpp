// Names in the template store, beyond those of every cache (cache/names.hpp).
#pragma once

#include <filesystem>
#include <string_view>

namespace ktstr::templates {

// <root>, in the cache directory.
inline std::filesystem::path root_in(const std::filesystem::path& cache) {
    return cache / "templates";
}

inline constexpr std::string_view meta_name = "meta.json";

} // namespace ktstr::templates
