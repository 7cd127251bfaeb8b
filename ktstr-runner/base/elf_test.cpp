#include "ktstr-runner/base/elf.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace ktstr {
namespace {

using testing::Contains;

// A note of this program's own, as the crate makes one.
struct Note {
    std::uint32_t owner_size = 6;
    std::uint32_t text_size = 5;
    std::uint32_t type = 1;
    char owner[8] = "ktstr";
    char text[8] = {'9', '.', '8', '.', '7'};
};

[[gnu::used, gnu::section(".note.ktstr_test")]] const Note note;

std::optional<std::string> note_of(std::span<const std::byte> image) {
    return note_in(image, ".note.ktstr_test", "ktstr", 1);
}

std::vector<std::byte> own_image(std::size_t limit) {
    const auto path = self_path();
    const auto file = MappedFile::open(*path);
    const auto bytes = file->bytes();
    return {bytes.begin(),
            bytes.begin() + static_cast<std::ptrdiff_t>(std::min(limit, bytes.size()))};
}

TEST(ElfNeeded, ListsTheLibrariesOfThisProgram) {
    EXPECT_THAT(needed_libraries(own_image(SIZE_MAX)), Contains("libc.so.6"));
    const auto path = self_path();
    EXPECT_TRUE(needs_library_prefix(*path, "libstdc++"));
    EXPECT_FALSE(needs_library_prefix(*path, "librustc_driver"));
}

TEST(ElfNeeded, WhatIsNoProgramNeedsNothing) {
    EXPECT_FALSE(needs_library_prefix("/no/such/file", "lib"));
    EXPECT_FALSE(needs_library_prefix("/etc/passwd", "lib"));
    EXPECT_FALSE(needs_library_prefix("/", "lib"));
    EXPECT_TRUE(needed_libraries({}).empty());
}

TEST(ElfNeeded, EveryTruncationIsHarmless) {
    // Headers and program headers cut at each byte, then coarser; all that could be read past an
    // end would be.
    for (std::size_t size = 0; size < 2048; ++size) {
        EXPECT_TRUE(needed_libraries(own_image(size)).empty()) << size;
    }
}

TEST(ElfNeeded, WildOffsetsAreHarmless) {
    const auto whole = own_image(SIZE_MAX);
    Elf64_Ehdr header;
    std::memcpy(&header, whole.data(), sizeof(header));
    for (const std::uint64_t wild :
         {UINT64_MAX, UINT64_MAX - 8, std::uint64_t{1} << 63, std::uint64_t{whole.size()}}) {
        auto image = whole;
        auto broken = header;
        broken.e_phoff = wild;
        std::memcpy(image.data(), &broken, sizeof(broken));
        EXPECT_TRUE(needed_libraries(image).empty());

        for (std::size_t i = 0; i < header.e_phnum; ++i) {
            image = whole;
            const auto at = header.e_phoff + i * sizeof(Elf64_Phdr);
            Elf64_Phdr segment;
            std::memcpy(&segment, image.data() + at, sizeof(segment));
            const bool dynamic = segment.p_type == PT_DYNAMIC;
            segment.p_offset = wild;
            std::memcpy(image.data() + at, &segment, sizeof(segment));
            const auto found = needed_libraries(image);
            EXPECT_TRUE(!dynamic || found.empty());
        }
    }
}

TEST(ElfNote, IsFoundBySectionOwnerAndType) {
    const auto image = own_image(SIZE_MAX);
    EXPECT_EQ(note_of(image), "9.8.7");
    EXPECT_EQ(note_in(image, ".note.ktstr_test", "ktstr", 2), std::nullopt);
    EXPECT_EQ(note_in(image, ".note.ktstr_test", "ktst", 1), std::nullopt);
    EXPECT_EQ(note_in(image, ".note.ktstr_none", "ktstr", 1), std::nullopt);
    EXPECT_EQ(note_of({}), std::nullopt);
}

TEST(ElfNote, WildSectionsAreHarmless) {
    const auto whole = own_image(SIZE_MAX);
    Elf64_Ehdr header;
    std::memcpy(&header, whole.data(), sizeof(header));
    for (const std::uint64_t wild :
         {UINT64_MAX, UINT64_MAX - 8, std::uint64_t{1} << 63, std::uint64_t{whole.size()}}) {
        auto image = whole;
        auto broken = header;
        broken.e_shoff = wild;
        std::memcpy(image.data(), &broken, sizeof(broken));
        EXPECT_EQ(note_of(image), std::nullopt);

        image = whole;
        for (std::size_t i = 0; i < header.e_shnum; ++i) {
            const auto at = header.e_shoff + i * sizeof(Elf64_Shdr);
            Elf64_Shdr section;
            std::memcpy(&section, image.data() + at, sizeof(section));
            section.sh_offset = i == header.e_shstrndx ? section.sh_offset : wild;
            std::memcpy(image.data() + at, &section, sizeof(section));
        }
        EXPECT_EQ(note_of(image), std::nullopt);
    }
}

TEST(ElfNote, SizesBeyondTheSectionAreNoNote) {
    auto image = own_image(SIZE_MAX);
    const auto bytes = std::as_bytes(std::span(&note, 1));
    const auto at = std::ranges::search(image, bytes).begin();
    ASSERT_NE(at, image.end());
    for (const std::size_t field : {0U, 4U}) {
        auto broken = image;
        std::memset(broken.data() + (at - image.begin()) + field, 0xff, 4);
        EXPECT_EQ(note_of(broken), std::nullopt) << field;
    }
}

} // namespace
} // namespace ktstr
