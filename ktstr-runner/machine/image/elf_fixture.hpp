// Tests only: ELF files, well formed but for what a test changes.
#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktstr::machine {

struct ElfFixture {
    std::uint16_t type = ET_DYN;
    std::uint16_t machine = EM_X86_64;
    std::optional<std::string> interpreter;
    std::vector<std::string> needed;
    std::string soname;
    std::string rpath;
    std::string runpath;
    std::optional<std::uint32_t> note_type; // an Xen note with a descriptor of 8 bytes
    std::string text;                       // somewhere in the loaded segment

    // One PT_LOAD over the whole file, at `base`; tables of their own behind it.
    std::string build() const;

    static constexpr std::uint64_t base = 0x400000;
};

} // namespace ktstr::machine
