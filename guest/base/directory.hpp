// What stands in a directory.
#pragma once

#include <string>
#include <vector>

namespace ktstr::guest {

// The names in the directory, without "." and "..", in the order of readdir(3); none of a path that
// cannot be read.
std::vector<std::string> names_in(const std::string& path);

} // namespace ktstr::guest
