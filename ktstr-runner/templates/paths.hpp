// Names in the template store. <root>/<key>/ is a template; what begins with a dot is not:
//   .locks/<key>        held by who makes it
//   .making-XXXXXX/     a template that is being made; its maker holds a lock on it
#pragma once

#include <filesystem>
#include <string_view>

namespace ktstr::templates {

// <root>, in the cache directory.
inline std::filesystem::path root_in(const std::filesystem::path& cache) {
    return cache / "templates";
}

inline constexpr std::string_view meta_name = "meta.json";
inline constexpr std::string_view locks_name = ".locks";
inline constexpr std::string_view making_prefix = ".making";

// A file name that stays in its directory.
inline bool is_plain_name(std::string_view name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos;
}

} // namespace ktstr::templates
