// A module as small as can be: an ELF file whose one section says what it needs. Tests only.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>

namespace ktstr::kernels {

inline std::string module_that_needs(const std::string& names) {
    using namespace std::string_literals;
    const auto info = "license=GPL\0depends="s + names + "\0name=x\0"s;
    const auto section_names = "\0.modinfo\0.shstrtab\0"s;
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_shoff = sizeof header + info.size() + section_names.size();
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 3;
    header.e_shstrndx = 2;
    const Elf64_Shdr none{};
    const Elf64_Shdr first{
        .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = sizeof header, .sh_size = info.size()};
    const Elf64_Shdr second{.sh_name = 10,
                            .sh_type = SHT_STRTAB,
                            .sh_offset = sizeof header + info.size(),
                            .sh_size = section_names.size()};
    const auto bytes = [](const auto& value) {
        return std::string(reinterpret_cast<const char*>(&value), sizeof value);
    };
    return bytes(header) + info + section_names + bytes(none) + bytes(first) + bytes(second);
}

} // namespace ktstr::kernels
