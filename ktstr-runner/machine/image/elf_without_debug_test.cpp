#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/image/elf_fixture.hpp"
#include "ktstr-runner/machine/image/elf_without_debug.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace ktstr::machine {
namespace {

std::string put_together(Bytes file, const std::vector<Piece>& pieces) {
    std::string out;
    for (const auto& piece : pieces) {
        out +=
            piece.text.empty()
                ? std::string(reinterpret_cast<const char*>(file.data()) + piece.offset, piece.size)
                : piece.text;
    }
    return out;
}

Elf64_Ehdr header_of(const std::string& file) {
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    return header;
}

std::vector<Elf64_Shdr> sections_of(const std::string& file) {
    const auto header = header_of(file);
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    std::memcpy(
        sections.data(), file.data() + header.e_shoff, sections.size() * sizeof(Elf64_Shdr));
    return sections;
}

std::string bytes_of_section(const std::string& file, const Elf64_Shdr& section) {
    return section.sh_type == SHT_NOBITS ? std::string{}
                                         : file.substr(section.sh_offset, section.sh_size);
}

// This very program: it has symbols, and debug information in builds that make it.
class OurselvesTest : public testing::Test {
protected:
    void SetUp() override {
        auto mapped = MappedFile::open("/proc/self/exe");
        ASSERT_THAT(mapped, IsOk());
        whole.assign(reinterpret_cast<const char*>(mapped->bytes().data()), mapped->bytes().size());
    }

    std::string whole;
};

TEST_F(OurselvesTest, KeepsWhatIsLoadedAndTheSymbols) {
    const auto pieces = without_debug_information(bytes_of(whole));
    if (!pieces) {
        GTEST_SKIP() << "this build has no debug information to leave out";
    }
    const auto small = put_together(bytes_of(whole), *pieces);
    EXPECT_LE(small.size(), whole.size());
    const auto elf = Elf::parse(bytes_of(small));
    ASSERT_THAT(elf, IsOk());
    const auto before = sections_of(whole);
    const auto after = sections_of(small);
    ASSERT_EQ(before.size(), after.size());
    bool symbols = false;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const bool stays = (before[i].sh_flags & SHF_ALLOC) != 0 ||
                           before[i].sh_type == SHT_SYMTAB || i == header_of(whole).e_shstrndx;
        if (stays) {
            EXPECT_EQ(bytes_of_section(whole, before[i]), bytes_of_section(small, after[i])) << i;
        }
        symbols = symbols || after[i].sh_type == SHT_SYMTAB;
    }
    EXPECT_TRUE(symbols);
}

TEST(WithoutDebugInformation, LeavesOtherFilesAlone) {
    EXPECT_FALSE(without_debug_information(bytes_of("#!/bin/sh\n")));
    EXPECT_FALSE(without_debug_information({}));
    EXPECT_FALSE(without_debug_information(bytes_of(ElfFixture{}.build())))
        << "it has no section headers";
}

TEST_F(OurselvesTest, StaysWholeWithSomethingAppended) {
    EXPECT_FALSE(without_debug_information(bytes_of(whole + "an archive")));
}

// Whatever is cut off: no answer or a smaller file, never a read beyond the end (the sanitizers
// watch).
TEST_F(OurselvesTest, EveryCutIsHarmless) {
    for (std::size_t size = 0; size < whole.size(); size += 4099) {
        const auto cut = std::string_view(whole).substr(0, size);
        const auto pieces = without_debug_information(bytes_of(cut));
        for (const auto& piece : pieces.value_or(std::vector<Piece>{})) {
            EXPECT_LE(piece.offset + piece.size, cut.size());
        }
    }
}

TEST_F(OurselvesTest, NonsenseInTheHeadersIsHarmless) {
    const auto header = header_of(whole);
    auto broken = whole;
    const auto at = static_cast<std::size_t>(header.e_shoff);
    for (std::size_t i = at; i < std::min(broken.size(), at + header.e_shnum * sizeof(Elf64_Shdr));
         i += 7) {
        const auto before = broken[i];
        broken[i] = '\xff';
        const auto pieces = without_debug_information(bytes_of(broken));
        for (const auto& piece : pieces.value_or(std::vector<Piece>{})) {
            EXPECT_LE(piece.offset, broken.size());
            EXPECT_LE(piece.size, broken.size() - piece.offset);
        }
        broken[i] = before;
    }
}

} // namespace
} // namespace ktstr::machine
