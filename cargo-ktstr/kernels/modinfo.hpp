// What a module says of itself: the strings of its section .modinfo.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::kernels {

// The modules that it needs itself, by name: "depends=a,b" of .modinfo, which modpost writes.
// Absent when the bytes are no 64-bit little-endian ELF file with that section. ELF gABI,
// "Sections".
std::optional<std::vector<std::string>> needed_modules(std::string_view module);

} // namespace ktstr::kernels
