// An ELF file without its debug information: what is loaded stays where it is, the symbol table
// moves up behind it, all else that is never loaded goes. Most of a Rust test is debug information,
// and only the lines of a backtrace are read from it; the names in it come from the symbol table.
// Spec: System V gABI, chapter 4.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/elf.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::machine {

// Bytes of a file, or others in their place.
struct Piece {
    std::uint64_t offset = 0; // in the file
    std::uint64_t size = 0;
    std::string text; // instead, when not empty

    bool operator==(const Piece&) const = default;
};

// The pieces of the smaller file in order; absent when there is nothing to leave out. Section
// headers keep their numbers: a section that is gone is empty (SHT_NOBITS).
std::optional<std::vector<Piece>> without_debug_information(Bytes file);

} // namespace ktstr::machine
