#include "ktstr-runner/machine/image/elf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace ktstr::machine {

namespace {

template <class T> std::optional<T> read_at(Bytes bytes, std::uint64_t offset) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::string_view text_at(Bytes bytes, std::uint64_t offset) {
    if (offset >= bytes.size()) {
        return {};
    }
    const std::string_view rest(reinterpret_cast<const char*>(bytes.data()) + offset,
                                bytes.size() - offset);
    const auto end = rest.find('\0');
    return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end);
}

Bytes part(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    if (offset > bytes.size()) {
        return {};
    }
    return bytes.subspan(
        static_cast<std::size_t>(offset),
        static_cast<std::size_t>(std::min<std::uint64_t>(size, bytes.size() - offset)));
}

struct MachineName {
    std::uint16_t machine;
    const char* name;
};

constexpr std::array machine_names{
    MachineName{EM_X86_64,    "x86-64"   },
    MachineName{EM_386,       "x86"      },
    MachineName{EM_AARCH64,   "AArch64"  },
    MachineName{EM_ARM,       "Arm"      },
    MachineName{EM_RISCV,     "RISC-V"   },
    MachineName{EM_PPC64,     "PowerPC"  },
    MachineName{EM_PPC,       "PowerPC"  },
    MachineName{EM_S390,      "s390"     },
    MachineName{EM_MIPS,      "MIPS"     },
    MachineName{EM_LOONGARCH, "LoongArch"},
    MachineName{EM_SPARCV9,   "SPARC"    },
    MachineName{EM_BPF,       "BPF"      },
};

} // namespace

std::string ElfTarget::name() const {
    const auto* known = std::ranges::find(machine_names, machine, &MachineName::machine);
    std::string out =
        known == machine_names.end() ? fmt::format("machine {}", machine) : known->name;
    if (file_class == ELFCLASS32) {
        out = "32-bit " + out;
    }
    if (order == ELFDATA2MSB) {
        out = "big-endian " + out;
    }
    return out;
}

ElfTarget ElfTarget::ours() {
#if defined(__x86_64__)
    return {.file_class = ELFCLASS64, .order = ELFDATA2LSB, .machine = EM_X86_64};
#elif defined(__aarch64__)
    return {.file_class = ELFCLASS64, .order = ELFDATA2LSB, .machine = EM_AARCH64};
#else
#error "no machine of this architecture is made here"
#endif
}

bool is_elf(Bytes file) {
    return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

std::optional<ElfTarget> elf_target(Bytes file) {
    if (!is_elf(file) || file.size() < offsetof(Elf64_Ehdr, e_version)) {
        return std::nullopt;
    }
    const auto order = static_cast<unsigned char>(file[EI_DATA]);
    const auto first = static_cast<unsigned>(file[offsetof(Elf64_Ehdr, e_machine)]);
    const auto second = static_cast<unsigned>(file[offsetof(Elf64_Ehdr, e_machine) + 1]);
    const auto machine = order == ELFDATA2MSB ? first << 8U | second : second << 8U | first;
    return ElfTarget{.file_class = static_cast<unsigned char>(file[EI_CLASS]),
                     .order = order,
                     .machine = static_cast<std::uint16_t>(machine)};
}

Result<Elf> Elf::parse(Bytes file) {
    const auto header = read_at<Elf64_Ehdr>(file, 0);
    if (!is_elf(file) || !header) {
        return fail(ErrorKind::environment,
                    is_elf(file) ? "the ELF header is cut off" : "not an ELF file");
    }
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB) {
        return fail(ErrorKind::environment, "not a 64-bit little-endian ELF file");
    }
    if (header->e_phnum != 0 && header->e_phentsize != sizeof(Elf64_Phdr)) {
        return fail(ErrorKind::environment,
                    fmt::format("its ELF program headers have {} bytes each, not {}",
                                header->e_phentsize,
                                sizeof(Elf64_Phdr)));
    }
    Elf elf(file, *header);
    for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
        const auto segment =
            header->e_phoff > file.size()
                ? std::nullopt
                : read_at<Elf64_Phdr>(file, header->e_phoff + i * sizeof(Elf64_Phdr));
        if (!segment) {
            return fail(ErrorKind::environment, "its ELF program headers are cut off");
        }
        elf.segments_.push_back(*segment);
    }
    return elf;
}

std::uint64_t Elf::extent() const {
    const auto end = [](std::uint64_t offset, std::uint64_t size) {
        return offset + std::min(size, UINT64_MAX - offset);
    };
    auto out = end(header_.e_shoff, std::uint64_t{header_.e_shnum} * header_.e_shentsize);
    for (const auto& segment : segments_) {
        out = std::max(out, end(segment.p_offset, segment.p_filesz));
    }
    return out;
}

Bytes Elf::contents(const Elf64_Phdr& segment) const {
    return part(file_, segment.p_offset, segment.p_filesz);
}

std::optional<std::string> Elf::interpreter() const {
    const auto at = std::ranges::find(segments_, Elf64_Word{PT_INTERP}, &Elf64_Phdr::p_type);
    if (at == segments_.end()) {
        return std::nullopt;
    }
    return std::string(text_at(contents(*at), 0));
}

std::optional<Bytes> Elf::note(std::string_view owner, std::uint32_t type) const {
    for (const auto& segment : segments_) {
        if (segment.p_type != PT_NOTE) {
            continue;
        }
        auto rest = contents(segment);
        const std::uint64_t align = segment.p_align == 8 ? 8 : 4;
        while (const auto head = read_at<Elf64_Nhdr>(rest, 0)) {
            const auto aligned = [&](std::uint64_t size) {
                return (size + align - 1) / align * align;
            };
            const auto descriptor_at = aligned(sizeof *head + head->n_namesz);
            const auto descriptor = part(rest, descriptor_at, head->n_descsz);
            if (descriptor.size() < head->n_descsz) {
                break;
            }
            if (head->n_type == type &&
                text_at(part(rest, sizeof *head, head->n_namesz), 0) == owner) {
                return descriptor;
            }
            rest = part(rest, aligned(descriptor_at + head->n_descsz), UINT64_MAX);
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> Elf::file_offset(std::uint64_t address) const {
    for (const auto& segment : segments_) {
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz) {
            return segment.p_offset + (address - segment.p_vaddr);
        }
    }
    return std::nullopt;
}

Result<Elf::Dynamic> Elf::dynamic() const {
    const auto segment = std::ranges::find(segments_, Elf64_Word{PT_DYNAMIC}, &Elf64_Phdr::p_type);
    if (segment == segments_.end()) {
        return Dynamic{};
    }
    const auto table = contents(*segment);
    std::vector<Elf64_Dyn> entries;
    Bytes strings;
    for (std::uint64_t at = 0;; at += sizeof(Elf64_Dyn)) {
        const auto entry = read_at<Elf64_Dyn>(table, at);
        if (!entry || entry->d_tag == DT_NULL) {
            break;
        }
        if (entry->d_tag == DT_STRTAB) {
            const auto offset = file_offset(entry->d_un.d_ptr);
            strings = offset ? part(file_, *offset, UINT64_MAX) : Bytes{};
        }
        entries.push_back(*entry);
    }
    Dynamic out;
    for (const auto& entry : entries) {
        const auto text = [&] { return std::string(text_at(strings, entry.d_un.d_val)); };
        switch (entry.d_tag) {
        case DT_NEEDED:
            out.needed.push_back(text());
            break;
        case DT_SONAME:
            out.soname = text();
            break;
        case DT_RPATH:
            out.rpath = text();
            break;
        case DT_RUNPATH:
            out.runpath = text();
            break;
        default:
            break;
        }
    }
    if (std::ranges::find(out.needed, std::string{}) != out.needed.end()) {
        return fail(ErrorKind::environment, "the names of the libraries that it needs are cut off");
    }
    return out;
}

} // namespace ktstr::machine
