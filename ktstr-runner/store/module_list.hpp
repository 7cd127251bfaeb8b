// The files below modules/ of an entry, in a file of their own: a distribution's kernel has
// thousands of them, and who boots it without modules need not read of any. modules.list has a line
// for each, in the order of names:
//   <SHA-256> <bytes> <name relative to the entry>
// It is one of the entry's files, so its own digest is in metadata.json.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ktstr::store {

inline constexpr const char* module_list_name = "modules.list";

// Moves those of `digests` that are below modules/ into <directory>/modules.list; nothing is
// written when there are none. Returns the bytes of the modules.
Result<std::uint64_t> write_module_list(const std::filesystem::path& directory,
                                        std::map<std::string, std::string>& digests);

// "name: why" for each file that is not what the list says. Reads all of them.
Result<std::vector<std::string>> verify_modules(const std::filesystem::path& directory);

} // namespace ktstr::store
