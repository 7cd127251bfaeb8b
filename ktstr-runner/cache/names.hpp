// Names in a cache, a directory of things that can be made again. <root>/<key> is a thing; what
// begins with a dot is not:
//   .locks/<key>     held by who makes it
//   .making-*/       a thing that is being made; its maker holds .locks/.making-*
//   .gone-*/         a thing that is being removed
#pragma once

#include <string_view>

namespace ktstr::cache {

inline constexpr std::string_view locks_name = ".locks";
inline constexpr std::string_view making_prefix = ".making";
inline constexpr std::string_view gone_prefix = ".gone";

// A file name that stays in its directory.
inline bool is_plain_name(std::string_view name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos;
}

} // namespace ktstr::cache
