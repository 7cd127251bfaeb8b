// Which file system a path is on, for people.
#pragma once

#include <filesystem>
#include <string>

namespace ktstr {

// "nfs", "fuse", "tmpfs": of the path, or of the nearest directory above it that exists; the magic
// number of statfs(2) for one that is not in our table.
std::string file_system_of(const std::filesystem::path& path);

// The same of the number alone.
std::string file_system_name(unsigned long magic);

} // namespace ktstr
