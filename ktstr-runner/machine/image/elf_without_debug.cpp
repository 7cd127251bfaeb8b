#include "ktstr-runner/machine/image/elf_without_debug.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace ktstr::machine {

namespace {

constexpr std::uint64_t alignment = 8; // of all that is moved

// Absent unless the table is whole.
std::optional<std::vector<Elf64_Shdr>> section_headers(Bytes file, const Elf64_Ehdr& header) {
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    const auto bytes = sections.size() * sizeof(Elf64_Shdr);
    if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > file.size() ||
        file.size() - header.e_shoff < bytes || sections.empty()) {
        return std::nullopt;
    }
    std::memcpy(sections.data(), file.data() + header.e_shoff, bytes);
    return sections;
}

bool in_file(const Elf64_Shdr& section, Bytes file) {
    return section.sh_offset <= file.size() && section.sh_size <= file.size() - section.sh_offset;
}

template <class T> std::string raw(std::span<const T> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

// The pieces, and how long they are together.
class Pieces final {
public:
    void add(Piece piece) {
        size_ += piece.text.empty() ? piece.size : piece.text.size();
        pieces_.push_back(std::move(piece));
    }

    void align() {
        if (size_ % alignment != 0) {
            add({.text = std::string(alignment - size_ % alignment, '\0')});
        }
    }

    std::uint64_t size() const { return size_; }

    std::vector<Piece> take() && { return std::move(pieces_); }

private:
    std::vector<Piece> pieces_;
    std::uint64_t size_ = 0;
};

} // namespace

std::optional<std::vector<Piece>> without_debug_information(Bytes file) {
    const auto elf = Elf::parse(file);
    if (!elf) {
        return std::nullopt;
    }
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    auto sections = section_headers(file, header);
    if (!sections || header.e_shstrndx >= sections->size()) {
        return std::nullopt;
    }
    // Behind the last byte that is loaded there may lie anything: that is what goes.
    std::uint64_t loaded = sizeof header;
    if (header.e_phoff > file.size() ||
        file.size() - header.e_phoff < std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)) {
        return std::nullopt;
    }
    loaded = std::max(loaded, header.e_phoff + std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
    for (const auto& segment : elf->segments()) {
        if (segment.p_offset > file.size() || segment.p_filesz > file.size() - segment.p_offset) {
            return std::nullopt;
        }
        loaded = std::max(loaded, segment.p_offset + segment.p_filesz);
    }
    // What some tools append to a program (archives, bytecode) is no debug information: such a file
    // stays whole.
    auto known = std::max(loaded, header.e_shoff + sections->size() * sizeof(Elf64_Shdr));
    for (const auto& section : *sections) {
        if (section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS &&
            in_file(section, file)) {
            known = std::max(known, section.sh_offset + section.sh_size);
        }
    }
    if (known < file.size()) {
        return std::nullopt;
    }
    Pieces pieces;
    pieces.add({.text = std::string(sizeof header, '\0')}); // its place, until it is known
    pieces.add({.offset = sizeof header, .size = loaded - sizeof header});
    std::vector<bool> stays(sections->size());
    for (std::size_t i = 0; i < sections->size(); ++i) {
        const auto& section = (*sections)[i];
        if (section.sh_type == SHT_SYMTAB && section.sh_link < sections->size()) {
            stays[i] = true;
            stays[section.sh_link] = true;
        }
    }
    stays[header.e_shstrndx] = true;
    for (std::size_t i = 0; i < sections->size(); ++i) {
        auto& section = (*sections)[i];
        if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS ||
            (in_file(section, file) && section.sh_offset + section.sh_size <= loaded)) {
            continue;
        }
        if (!stays[i]) {
            section.sh_type = SHT_NOBITS;
            section.sh_flags &= ~std::uint64_t{SHF_COMPRESSED};
            section.sh_size = 0;
            section.sh_offset = loaded;
        } else if (!in_file(section, file)) {
            return std::nullopt;
        } else {
            pieces.align();
            const auto place = pieces.size();
            pieces.add({.offset = section.sh_offset, .size = section.sh_size});
            section.sh_offset = place;
        }
    }
    pieces.align();
    header.e_shoff = pieces.size();
    pieces.add({.text = raw(std::span<const Elf64_Shdr>(*sections))});
    if (pieces.size() >= file.size()) {
        return std::nullopt;
    }
    auto out = std::move(pieces).take();
    out.front().text = raw(std::span<const Elf64_Ehdr>(&header, 1));
    return out;
}

} // namespace ktstr::machine
