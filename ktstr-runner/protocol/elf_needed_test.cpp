#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/protocol/elf_needed.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <cstring>

namespace ktstr::protocol {
namespace {

using testing::Contains;

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

} // namespace
} // namespace ktstr::protocol
