// PVH: Xen's docs/misc/pvh.pandoc; the entry point is in an ELF note (elfnote.h, PHYS32_ENTRY).
#include "ktstr-runner/machine/testing/guests.hpp"

#include "guest/wire/cpio.hpp"
#include "ktstr-runner/base/atomic_file.hpp"

#include <elf.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

// NOLINTBEGIN(readability-identifier-naming)
asm(R"(
    .pushsection .rodata
    .code32
    .globl triple_fault_begin, triple_fault_end, flood_begin, flood_end
    .globl window_begin, window_end, pvpanic_begin, pvpanic_end
triple_fault_begin:
    movl $0x90000, %esp
    pushl $0
    pushl $0
    lidt (%esp)
    ud2
triple_fault_end:
flood_begin:
    movw $0x3f8, %dx
    movb $'x', %al
1:  outb %al, %dx
    jmp 1b
flood_end:
window_begin:
    movl $0x08000000, %ebx
    movl $16, 0x400000(%ebx)
    movl $5, 0x400004(%ebx)
    movl $0x6c6c6568, 0x400008(%ebx)
    movb $'o', 0x40000c(%ebx)
    movl $13, 0x1000(%ebx)
1:  pause
    cmpl $0, 0x2000(%ebx)
    je 1b
    movl $33, 0x40000d(%ebx)
    movl $0, 0x400011(%ebx)
    movl $21, 0x1000(%ebx)
    cli
2:  hlt
    jmp 2b
window_end:
pvpanic_begin:
    movw $0x505, %dx
    movb $1, %al
    outb %al, %dx
    cli
1:  hlt
    jmp 1b
pvpanic_end:
    .code64
    .popsection
)");

extern "C" {
extern const std::byte triple_fault_begin[], triple_fault_end[];
extern const std::byte flood_begin[], flood_end[];
extern const std::byte window_begin[], window_end[];
extern const std::byte pvpanic_begin[], pvpanic_end[];
}

// NOLINTEND(readability-identifier-naming)

namespace ktstr::machine {

namespace {

struct Note {
    Elf64_Nhdr header{.n_namesz = 4, .n_descsz = 8, .n_type = 18}; // XEN_ELFNOTE_PHYS32_ENTRY
    std::array<char, 4> name{'X', 'e', 'n', '\0'};
    std::array<std::uint32_t, 2> entry{}; // low, high: the note is aligned to 4
};

struct Image {
    Elf64_Ehdr file{};
    std::array<Elf64_Phdr, 2> segments{};
    Note note{};
};

template <class T> std::string_view text_of(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

} // namespace

Result<> write_initramfs(const std::filesystem::path& path,
                         const std::filesystem::path& init,
                         unsigned mode) {
    namespace cpio = wire::cpio;
    TRY_ASSIGN(const auto program, read_file(init));
    std::string archive = cpio::header({.name = "dev", .mode = S_IFDIR | 0755}, 1);
    archive += cpio::header(
        {.name = "dev/console", .mode = S_IFCHR | 0600, .rdev_major = 5, .rdev_minor = 1}, 2);
    archive += cpio::header({.name = "init",
                             .mode = S_IFREG | mode,
                             .size = static_cast<std::uint32_t>(program.size())},
                            3);
    archive += program + std::string(cpio::padding(program.size()), '\0') + cpio::end();
    return write_file_atomically(path, archive);
}

Result<> write_kernel(const std::filesystem::path& path, std::span<const std::byte> code) {
    constexpr std::uint32_t load_address = 0x10'0000;
    Image image;
    image.file = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = load_address,
        .e_phoff = offsetof(Image, segments),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2
    };
    image.note.entry[0] = load_address;
    image.segments[0] = {.p_type = PT_LOAD,
                         .p_flags = PF_R | PF_X,
                         .p_offset = sizeof(Image),
                         .p_vaddr = load_address,
                         .p_paddr = load_address,
                         .p_filesz = code.size(),
                         .p_memsz = code.size(),
                         .p_align = 1};
    image.segments[1] = {.p_type = PT_NOTE,
                         .p_flags = PF_R,
                         .p_offset = offsetof(Image, note),
                         .p_filesz = sizeof(Note),
                         .p_memsz = sizeof(Note),
                         .p_align = 4};
    std::string file(text_of(image));
    file.append(reinterpret_cast<const char*>(code.data()), code.size());
    file.resize(std::max<std::size_t>(file.size(), 64 << 10)); // QEMU reads more than the headers
    return write_file_atomically(path, file);
}

std::span<const std::byte> code_that_triple_faults() {
    return {triple_fault_begin, triple_fault_end};
}

std::span<const std::byte> code_that_floods_the_console() {
    return {flood_begin, flood_end};
}

std::span<const std::byte> code_that_uses_the_window() {
    return {window_begin, window_end};
}

std::span<const std::byte> code_that_calls_pvpanic() {
    return {pvpanic_begin, pvpanic_end};
}

} // namespace ktstr::machine
