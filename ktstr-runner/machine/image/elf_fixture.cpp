#include "ktstr-runner/machine/image/elf_fixture.hpp"

#include <cstring>

namespace ktstr::machine {

namespace {

template <class T> void append(std::string& out, const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

} // namespace

std::string ElfFixture::build() const {
    std::string strings(1, '\0');
    std::vector<Elf64_Dyn> entries;
    const auto entry = [&](Elf64_Sxword tag, const std::string& value) {
        entries.push_back({.d_tag = tag, .d_un = {.d_val = strings.size()}});
        strings += value + '\0';
    };
    for (const auto& name : needed) {
        entry(DT_NEEDED, name);
    }
    if (!soname.empty()) {
        entry(DT_SONAME, soname);
    }
    if (!rpath.empty()) {
        entry(DT_RPATH, rpath);
    }
    if (!runpath.empty()) {
        entry(DT_RUNPATH, runpath);
    }
    std::string note;
    if (note_type) {
        append(note,
               Elf64_Nhdr{.n_namesz = 4, .n_descsz = 1, .n_type = 7}); // another one comes first
        note += std::string("GNU\0", 4) + std::string("x\0\0\0", 4);
        append(note, Elf64_Nhdr{.n_namesz = 4, .n_descsz = 8, .n_type = *note_type});
        note += std::string("Xen\0", 4) + std::string("\0\0\0\1\0\0\0\0", 8);
    }

    constexpr std::size_t segments = 4;
    std::string body;
    const auto place = [&](const std::string& bytes) {
        body.append((8 - body.size() % 8) % 8, '\0');
        const auto at = sizeof(Elf64_Ehdr) + segments * sizeof(Elf64_Phdr) + body.size();
        body += bytes;
        return at;
    };
    const auto interpreter_at = place(interpreter.value_or("") + '\0');
    const auto note_at = place(note);
    const auto strings_at = place(strings);
    place(text);
    entries.push_back({.d_tag = DT_STRTAB, .d_un = {.d_ptr = base + strings_at}});
    entries.push_back({.d_tag = DT_NULL, .d_un = {}});
    std::string table;
    for (const auto& one : entries) {
        append(table, one);
    }
    const auto table_at = place(table);

    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = type;
    header.e_machine = machine;
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_phnum = segments;
    header.e_phentsize = sizeof(Elf64_Phdr);
    std::string out;
    append(out, header);
    const auto segment = [&](bool there, std::uint32_t kind, std::uint64_t at, std::uint64_t size) {
        append(out,
               Elf64_Phdr{.p_type = there ? kind : Elf64_Word{PT_NULL},
                          .p_offset = there ? at : 0,
                          .p_vaddr = base + at,
                          .p_filesz = there ? size : 0,
                          .p_memsz = size,
                          .p_align = 4});
    };
    segment(true, PT_LOAD, 0, table_at + table.size());
    segment(
        interpreter.has_value(), PT_INTERP, interpreter_at, interpreter.value_or("").size() + 1);
    segment(!needed.empty() || !soname.empty(), PT_DYNAMIC, table_at, table.size());
    segment(note_type.has_value(), PT_NOTE, note_at, note.size());
    return out + body;
}

} // namespace ktstr::machine
