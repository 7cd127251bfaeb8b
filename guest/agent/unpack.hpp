// Turns the payload, a cpio archive in memory, into files below a directory.
#pragma once

#include "guest/base/os.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ktstr::guest {

// A name of an archive as a path below the root: leading slashes and "." parts go. Empty when a
// part is "..", or nothing is left.
std::string relative_name(std::string_view name);

struct UnpackFailure {
    std::string what;
    int error = 0; // errno, 0 when the archive itself is at fault
};

// Files and links replace what is there; a directory that exists already keeps its mode. Missing
// parents are made.
std::optional<UnpackFailure> unpack(std::span<const std::byte> archive, const std::string& root);

} // namespace ktstr::guest
