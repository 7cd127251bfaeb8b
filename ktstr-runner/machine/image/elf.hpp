// What is asked of ELF files here: whom they are for, what they need to run, their notes. Every
// offset in the file is checked before use. Spec: System V gABI, chapters 4 and 5.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::machine {

using Bytes = std::span<const std::byte>;

struct ElfTarget {
    unsigned char file_class = 0; // ELFCLASS64, ...
    unsigned char order = 0;      // ELFDATA2LSB, ...
    std::uint16_t machine = 0;    // EM_X86_64, ...

    bool operator==(const ElfTarget&) const = default;

    std::string name() const; // "x86-64", "32-bit x86", "AArch64"

    // Of this program, so of this host and its guests.
    static ElfTarget ours();
};

bool is_elf(Bytes file);

// Absent when the file is not ELF or ends within the identification.
std::optional<ElfTarget> elf_target(Bytes file);

// A 64-bit little-endian ELF file, whose program headers are whole. The bytes must outlive it.
class Elf final {
public:
    static Result<Elf> parse(Bytes file);

    std::uint16_t type() const { return header_.e_type; }

    std::uint64_t entry() const { return header_.e_entry; }

    const std::vector<Elf64_Phdr>& segments() const { return segments_; }

    // Bytes of the file that its headers speak of: more than it has when it is truncated.
    std::uint64_t extent() const;

    // PT_INTERP, absent in static programs and most libraries.
    std::optional<std::string> interpreter() const;

    // A segment's bytes in the file, as many as the file has.
    Bytes contents(const Elf64_Phdr& segment) const;

    // The descriptor of the first note of that owner and type.
    std::optional<Bytes> note(std::string_view owner, std::uint32_t type) const;

    struct Dynamic {
        std::vector<std::string> needed;
        std::string soname;
        std::string rpath;
        std::string runpath;
    };

    // Empty when there is no PT_DYNAMIC.
    Result<Dynamic> dynamic() const;

private:
    Elf(Bytes file, const Elf64_Ehdr& header) : file_(file), header_(header) {}

    std::optional<std::uint64_t> file_offset(std::uint64_t address) const;

    Bytes file_;
    Elf64_Ehdr header_;
    std::vector<Elf64_Phdr> segments_;
};

} // namespace ktstr::machine
