#include "ktstr-runner/session/gdb.hpp"

#include <gmock/gmock.h>

#include <elf.h>

#include <cstring>

namespace ktstr::session {
namespace {

using testing::ElementsAre;

template <class T> void put(std::vector<std::byte>& image, std::size_t at, const T& value) {
    image.resize(std::max(image.size(), at + sizeof value));
    std::memcpy(image.data() + at, &value, sizeof value);
}

// A file with nothing but a symbol table: two functions and a variable.
std::vector<std::byte> image_with_symbols() {
    constexpr std::size_t sections = sizeof(Elf64_Ehdr);
    constexpr std::size_t symbols = sections + 3 * sizeof(Elf64_Shdr);
    constexpr std::size_t strings = symbols + 3 * sizeof(Elf64_Sym);
    std::vector<std::byte> image;
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_shoff = sections;
    header.e_shnum = 3;
    put(image, 0, header);
    Elf64_Shdr table{};
    table.sh_type = SHT_SYMTAB;
    table.sh_offset = symbols;
    table.sh_size = 3 * sizeof(Elf64_Sym);
    table.sh_link = 2;
    put(image, sections + sizeof table, table);
    Elf64_Shdr names{};
    names.sh_type = SHT_STRTAB;
    names.sh_offset = strings;
    put(image, sections + 2 * sizeof names, names);
    const auto symbol = [&](std::size_t number, std::uint32_t name, int type, std::uint64_t at) {
        Elf64_Sym one{};
        one.st_name = name;
        one.st_info = ELF64_ST_INFO(STB_GLOBAL, type);
        one.st_value = at;
        one.st_size = 0x10;
        put(image, symbols + number * sizeof one, one);
    };
    symbol(0, 1, STT_FUNC, 0x2000);    // panic
    symbol(1, 7, STT_FUNC, 0x1000);    // idle
    symbol(2, 12, STT_OBJECT, 0x1800); // jiffies
    const std::string text("\0panic\0idle\0jiffies\0", 20);
    for (std::size_t i = 0; i < text.size(); ++i) {
        put(image, strings + i, text[i]);
    }
    return image;
}

TEST(KernelSymbols, NameFunctionsByTheirAddresses) {
    const auto symbols = KernelSymbols::parse(image_with_symbols());
    EXPECT_EQ(symbols.at(0x1000), "idle+0x0");
    EXPECT_EQ(symbols.at(0x200f), "panic+0xf");
    EXPECT_EQ(symbols.at(0x2010), "0x2010");
    EXPECT_EQ(symbols.at(0x1800), "0x1800"); // no function
    EXPECT_EQ(symbols.at(0x10), "0x10");
    EXPECT_TRUE(symbols.has("idle"));
    EXPECT_FALSE(symbols.has("jiffies"));
    EXPECT_THAT(places_of_failure(symbols), ElementsAre("panic"));
}

TEST(KernelSymbols, ABrokenFileHasNone) {
    const auto whole = image_with_symbols();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto part = KernelSymbols::parse(std::span(whole).first(size));
        EXPECT_LE(part.at(0x2000).size(), 20U); // and does not crash
    }
    EXPECT_TRUE(KernelSymbols::parse(std::span(whole).first(100)).empty());
}

TEST(Gdb, TheCommandLoadsWhatThereIs) {
    EXPECT_EQ(gdb_command({.vmlinux = "/k/vmlinux", .socket = "/tmp/x/gdb"}),
              "gdb /k/vmlinux -ex 'target remote /tmp/x/gdb'");
    EXPECT_EQ(
        gdb_command(
            {.socket = "/tmp/x/gdb", .program = "/it's here/t-1", .program_base = 0x555555554000}),
        "gdb -ex 'target remote /tmp/x/gdb' -ex 'add-symbol-file /it'\\''s here/t-1 -o "
        "0x555555554000'");
}

TEST(Gdb, PlacesAreNamed) {
    const auto symbols = KernelSymbols::parse(image_with_symbols());
    const std::vector<VcpuPlace> places{
        {.pc = 0x1004, .in_kernel = true,  .halted = true },
        {.pc = 0x2000, .in_kernel = false, .halted = false},
    };
    EXPECT_EQ(describe_places(places, symbols),
              "  vCPU 0: idle, in the kernel, idle+0x4\n  vCPU 1: in user space, 0x2000\n");
}

TEST(GuestTime, HasTheDigitsThatItNeeds) {
    EXPECT_EQ(guest_time(3'200'000'000), "3.2 s");
    EXPECT_EQ(guest_time(2'000'000'000), "2 s");
    EXPECT_EQ(guest_time(4), "0.000000004 s");
    EXPECT_EQ(guest_time(0), "0 s");
    EXPECT_EQ(guest_time(10'000'000'000), "10 s");
}

} // namespace
} // namespace ktstr::session
