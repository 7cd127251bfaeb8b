#include "ktstr-runner/base/elf.hpp"

#include "ktstr-runner/base/mapped_file.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace ktstr {

namespace {

using Image = std::span<const std::byte>;

template <class T> std::optional<T> read_at(Image image, std::uint64_t offset) {
    if (offset > image.size() || image.size() - offset < sizeof(T)) {
        return std::nullopt;
    }
    T out;
    std::memcpy(&out, image.data() + offset, sizeof(T));
    return out;
}

std::string string_at(Image image, std::uint64_t offset) {
    if (offset >= image.size()) {
        return {};
    }
    const auto rest = image.subspan(offset);
    const auto end = std::ranges::find(rest, std::byte{0});
    if (end == rest.end()) {
        return {};
    }
    return {reinterpret_cast<const char*>(rest.data()),
            static_cast<std::size_t>(end - rest.begin())};
}

std::optional<Elf64_Ehdr> header_of(Image image) {
    const auto header = read_at<Elf64_Ehdr>(image, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_phentsize != sizeof(Elf64_Phdr)) {
        return std::nullopt;
    }
    return header;
}

std::vector<Elf64_Phdr> segments_of(Image image, const Elf64_Ehdr& header) {
    std::vector<Elf64_Phdr> out;
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        // e_phoff may be anything; a sum that wraps is no place in the file.
        const auto step = i * sizeof(Elf64_Phdr);
        const auto segment = header.e_phoff > UINT64_MAX - step
                                 ? std::nullopt
                                 : read_at<Elf64_Phdr>(image, header.e_phoff + step);
        if (!segment) {
            return {};
        }
        out.push_back(*segment);
    }
    return out;
}

std::optional<std::uint64_t> file_offset(const std::vector<Elf64_Phdr>& segments,
                                         std::uint64_t address) {
    for (const auto& segment : segments) {
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz) {
            return segment.p_offset + (address - segment.p_vaddr);
        }
    }
    return std::nullopt;
}

// The bytes of the section, none when there is no such one.
Image section_named(Image image, const Elf64_Ehdr& header, std::string_view name) {
    const auto section = [&](std::uint64_t index) -> std::optional<Elf64_Shdr> {
        const auto step = index * sizeof(Elf64_Shdr);
        if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > UINT64_MAX - step) {
            return std::nullopt;
        }
        return read_at<Elf64_Shdr>(image, header.e_shoff + step);
    };
    const auto names = section(header.e_shstrndx);
    for (std::uint64_t i = 0; names && i < header.e_shnum; ++i) {
        const auto found = section(i);
        if (!found) {
            return {};
        }
        if (found->sh_type == SHT_NOBITS || names->sh_offset > UINT64_MAX - found->sh_name ||
            string_at(image, names->sh_offset + found->sh_name) != name) {
            continue;
        }
        if (found->sh_offset > image.size() || found->sh_size > image.size() - found->sh_offset) {
            return {};
        }
        return image.subspan(found->sh_offset, found->sh_size);
    }
    return {};
}

constexpr std::uint64_t padded(std::uint64_t size) {
    return (size + 3) / 4 * 4;
}

} // namespace

std::optional<std::string>
note_in(Image image, std::string_view section, std::string_view owner, std::uint32_t type) {
    const auto header = header_of(image);
    if (!header) {
        return std::nullopt;
    }
    const auto notes = section_named(image, *header, section);
    std::uint64_t at = 0;
    while (const auto note = read_at<Elf64_Nhdr>(notes, at)) {
        const auto name_at = at + sizeof(Elf64_Nhdr);
        const auto text_at = name_at + padded(note->n_namesz);
        if (text_at > notes.size() || note->n_descsz > notes.size() - text_at) {
            return std::nullopt;
        }
        // The owner's size counts the zero at its end.
        if (note->n_type == type && note->n_namesz == owner.size() + 1 &&
            string_at(notes, name_at) == owner) {
            return std::string(reinterpret_cast<const char*>(notes.data() + text_at),
                               note->n_descsz);
        }
        at = text_at + padded(note->n_descsz);
    }
    return std::nullopt;
}

std::vector<std::string> needed_libraries(Image image) {
    const auto header = header_of(image);
    if (!header) {
        return {};
    }
    const auto segments = segments_of(image, *header);
    const auto dynamic =
        std::ranges::find(segments, std::uint32_t{PT_DYNAMIC}, &Elf64_Phdr::p_type);
    if (dynamic == segments.end() || dynamic->p_offset > image.size()) {
        return {};
    }
    std::optional<std::uint64_t> strings;
    std::vector<std::uint64_t> names;
    for (std::uint64_t at = 0; at < dynamic->p_filesz; at += sizeof(Elf64_Dyn)) {
        const auto entry = read_at<Elf64_Dyn>(image, dynamic->p_offset + at);
        if (!entry || entry->d_tag == DT_NULL) {
            break;
        }
        if (entry->d_tag == DT_NEEDED) {
            names.push_back(entry->d_un.d_val);
        } else if (entry->d_tag == DT_STRTAB) {
            strings = file_offset(segments, entry->d_un.d_ptr);
        }
    }
    std::vector<std::string> out;
    for (const auto name : names) {
        if (strings && *strings < image.size() && name < image.size()) {
            out.push_back(string_at(image, *strings + name));
        }
    }
    return out;
}

bool needs_library_prefix(const std::filesystem::path& program, std::string_view prefix) {
    const auto file = MappedFile::open(program);
    if (!file) {
        return false;
    }
    return std::ranges::any_of(needed_libraries(file->bytes()),
                               [&](const std::string& name) { return name.starts_with(prefix); });
}

} // namespace ktstr
