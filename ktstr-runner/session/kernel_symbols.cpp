#include "ktstr-runner/session/kernel_symbols.hpp"

#include "ktstr-runner/base/mapped_file.hpp"

#include <fmt/format.h>

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace ktstr::session {

namespace {

template <class T> std::optional<T> copy_of(std::span<const std::byte> image, std::uint64_t at) {
    T value;
    if (at > image.size() || sizeof value > image.size() - at) {
        return std::nullopt;
    }
    std::memcpy(&value, image.data() + at, sizeof value);
    return value;
}

std::string_view text_at(std::span<const std::byte> image, std::uint64_t at) {
    if (at >= image.size()) {
        return {};
    }
    const std::string_view rest(reinterpret_cast<const char*>(image.data()) + at,
                                image.size() - at);
    return rest.substr(0, rest.find('\0'));
}

} // namespace

Result<KernelSymbols> KernelSymbols::read(const std::filesystem::path& vmlinux) {
    TRY_ASSIGN(const auto file, MappedFile::open(vmlinux));
    return parse(file.bytes());
}

KernelSymbols KernelSymbols::parse(std::span<const std::byte> image) {
    KernelSymbols symbols;
    const auto header = copy_of<Elf64_Ehdr>(image, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64) {
        return symbols;
    }
    const auto section = [&](std::uint64_t number) {
        return copy_of<Elf64_Shdr>(image, header->e_shoff + number * sizeof(Elf64_Shdr));
    };
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        const auto table = section(i);
        const auto strings = table ? section(table->sh_link) : std::nullopt;
        if (!table || table->sh_type != SHT_SYMTAB || !strings) {
            continue;
        }
        for (std::uint64_t at = 0; at < table->sh_size; at += sizeof(Elf64_Sym)) {
            const auto symbol = copy_of<Elf64_Sym>(image, table->sh_offset + at);
            if (!symbol) {
                break;
            }
            if (ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_value != 0) {
                symbols.functions_.push_back(
                    {.begin = symbol->st_value,
                     .size = symbol->st_size,
                     .name = std::string(text_at(image, strings->sh_offset + symbol->st_name))});
            }
        }
    }
    std::ranges::sort(symbols.functions_, {}, &Function::begin);
    return symbols;
}

bool KernelSymbols::has(std::string_view name) const {
    return std::ranges::find(functions_, name, &Function::name) != functions_.end();
}

std::string KernelSymbols::at(std::uint64_t address) const {
    const auto behind = std::ranges::upper_bound(functions_, address, {}, &Function::begin);
    if (behind != functions_.begin()) {
        const auto& function = *(behind - 1);
        const auto offset = address - function.begin;
        if (offset < function.size) {
            return fmt::format("{}+{:#x}", function.name, offset);
        }
    }
    return fmt::format("{:#x}", address);
}

} // namespace ktstr::session
