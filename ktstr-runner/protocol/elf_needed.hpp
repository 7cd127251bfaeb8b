// Which shared libraries a program names (DT_NEEDED), for ELF64 little-endian files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::protocol {

// Empty for what is no such file, or a broken one: who loads the program says what is wrong with
// it.
std::vector<std::string> needed_libraries(std::span<const std::byte> image);

bool needs_library_prefix(const std::filesystem::path& program, std::string_view prefix);

} // namespace ktstr::protocol
