// The cgroups that a scheduler or its test wants to find.
#pragma once

#include "guest/base/os.hpp"

#include <string>
#include <string_view>

namespace ktstr::guest {

// Makes `path` ("/a/b") below `root`, each directory on the way and the last one with all
// controllers that its parent has given on to its children.
Problem make_cgroup(std::string_view path, const std::string& root = "/sys/fs/cgroup");

} // namespace ktstr::guest
