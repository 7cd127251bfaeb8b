// Whether a raw profile is whole. A program that is killed while it writes one leaves a piece, and
// one piece would cost a report all the others: llvm-profdata merges all or nothing. Reference:
// llvm/include/llvm/ProfileData/InstrProfData.inc, INSTR_PROF_RAW_HEADER, of version 10 (LLVM 19).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktstr::session::profraw {

// Of what the file begins with, so much is looked at.
inline constexpr std::size_t header_size = 128;

// Why it cannot be a whole profile of `size` bytes; absent when it may be one. Of a version that is
// not known only the beginning is looked at.
std::optional<std::string> why_not_whole(std::string_view head, std::uint64_t size);

} // namespace ktstr::session::profraw
