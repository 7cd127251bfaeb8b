// What an ELF64 little-endian file tells of itself: the shared libraries it names (DT_NEEDED), and
// notes of a section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr {

// Empty for what is no such file, or a broken one: who loads the program says what is wrong with
// it.
std::vector<std::string> needed_libraries(std::span<const std::byte> image);

// Of rustc's own crates (rustc_private): who needs it runs inside the compiler, or as one.
inline constexpr std::string_view compilers_library = "librustc_driver";

bool needs_library_prefix(const std::filesystem::path& program, std::string_view prefix);

// The descriptor of the first note with this owner and type in the section of that name (System V
// gABI, "Note Section": sizes, type, owner and descriptor, each padded to 4 bytes).
std::optional<std::string> note_in(std::span<const std::byte> image,
                                   std::string_view section,
                                   std::string_view owner,
                                   std::uint32_t type);

} // namespace ktstr
