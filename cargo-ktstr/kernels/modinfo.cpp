#include "cargo-ktstr/kernels/modinfo.hpp"

#include "ktstr-runner/base/text.hpp"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace ktstr::kernels {

namespace {

template <class T> std::optional<T> get(std::string_view bytes, std::uint64_t at) {
    if (at > bytes.size() || sizeof(T) > bytes.size() - at) {
        return std::nullopt;
    }
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

std::optional<std::string_view> contents(std::string_view bytes, const Elf64_Shdr& section) {
    if (section.sh_offset > bytes.size() || section.sh_size > bytes.size() - section.sh_offset) {
        return std::nullopt;
    }
    return bytes.substr(section.sh_offset, section.sh_size);
}

std::optional<Elf64_Shdr>
section_at(std::string_view bytes, const Elf64_Ehdr& header, std::uint64_t index) {
    const auto offset = index * sizeof(Elf64_Shdr);
    return header.e_shoff > bytes.size() ? std::nullopt
                                         : get<Elf64_Shdr>(bytes.substr(header.e_shoff), offset);
}

std::optional<std::string_view> section_named(std::string_view bytes, std::string_view name) {
    const auto header = get<Elf64_Ehdr>(bytes, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_shentsize != sizeof(Elf64_Shdr)) {
        return std::nullopt;
    }
    const auto names_section = section_at(bytes, *header, header->e_shstrndx);
    const auto names = names_section ? contents(bytes, *names_section) : std::nullopt;
    if (!names) {
        return std::nullopt;
    }
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        const auto section = section_at(bytes, *header, i);
        if (!section) {
            return std::nullopt;
        }
        const auto from = std::min<std::uint64_t>(section->sh_name, names->size());
        const auto rest = names->substr(from);
        if (rest.substr(0, rest.find('\0')) == name) {
            return section->sh_type == SHT_NOBITS ? std::nullopt : contents(bytes, *section);
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<std::vector<std::string>> needed_modules(std::string_view module) {
    constexpr std::string_view key = "depends=";
    const auto info = section_named(module, ".modinfo");
    if (!info) {
        return std::nullopt;
    }
    std::vector<std::string> names;
    for (const std::string_view text : split(*info, '\0')) {
        if (text.starts_with(key)) {
            for (auto& name : split(text.substr(key.size()), ',')) {
                if (!name.empty()) {
                    names.push_back(std::move(name));
                }
            }
        }
    }
    return names;
}

} // namespace ktstr::kernels
