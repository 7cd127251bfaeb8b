#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/image/elf.hpp"
#include "ktstr-runner/machine/image/elf_fixture.hpp"

namespace ktstr::machine {

using testing::ElementsAre;

TEST(Elf, ReadsWhatAProgramNeeds) {
    const auto file =
        ElfFixture{
            .interpreter = "/lib64/ld.so",
            .needed = {"liba.so.1", "libb.so"},
            .soname = "me.so",
            .rpath = "/r",
            .runpath = "$ORIGIN/../lib"
    }
            .build();
    const auto elf = Elf::parse(bytes_of(file));
    ASSERT_THAT(elf, IsOk());
    EXPECT_EQ(elf->interpreter(), "/lib64/ld.so");
    EXPECT_EQ(elf->extent(), file.size());
    const auto dynamic = elf->dynamic();
    ASSERT_THAT(dynamic, IsOk());
    EXPECT_THAT(dynamic->needed, ElementsAre("liba.so.1", "libb.so"));
    EXPECT_EQ(dynamic->soname, "me.so");
    EXPECT_EQ(dynamic->rpath, "/r");
    EXPECT_EQ(dynamic->runpath, "$ORIGIN/../lib");
}

TEST(Elf, StaticProgramNeedsNothing) {
    const auto file = ElfFixture{.type = ET_EXEC}.build();
    const auto elf = Elf::parse(bytes_of(file));
    ASSERT_THAT(elf, IsOk());
    EXPECT_FALSE(elf->interpreter());
    const auto dynamic = elf->dynamic();
    ASSERT_THAT(dynamic, IsOk());
    EXPECT_TRUE(dynamic->needed.empty());
}

TEST(Elf, FindsTheNoteBehindAnother) {
    const auto file = ElfFixture{.note_type = 18}.build();
    const auto elf = Elf::parse(bytes_of(file));
    ASSERT_THAT(elf, IsOk());
    const auto note = elf->note("Xen", 18);
    ASSERT_TRUE(note);
    ASSERT_EQ(note->size(), 8U);
    EXPECT_EQ((*note)[3], std::byte{1});
    EXPECT_FALSE(elf->note("Xen", 17));
    EXPECT_FALSE(elf->note("GNU", 18));
}

// Whatever is cut off: an error or fewer answers, never a read beyond the end (the sanitizers
// watch).
TEST(Elf, EveryCutIsHarmless) {
    const auto whole =
        ElfFixture{.interpreter = "/i", .needed = {"liba.so"}, .runpath = "/x", .note_type = 18}
            .build();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<char> cut(whole.begin(),
                                    whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto elf = Elf::parse(std::as_bytes(std::span(cut)));
        if (!elf) {
            continue;
        }
        EXPECT_GT(elf->extent(), size);
        const auto dynamic = elf->dynamic();
        if (dynamic && !dynamic->needed.empty()) {
            EXPECT_EQ(dynamic->needed[0], "liba.so") << size;
        }
        elf->note("Xen", 18);
        EXPECT_THAT(elf->interpreter().value_or(""), testing::AnyOf("", "/i")) << size;
    }
}

TEST(Elf, HostileHeadersAreHarmless) {
    const auto whole =
        ElfFixture{.interpreter = "/i", .needed = {"liba.so"}, .note_type = 18}.build();
    for (std::size_t at = EI_NIDENT; at + 8 <= whole.size(); at += 4) {
        for (const char fill : {'\xFF', '\x7F', '\x80'}) {
            auto broken = whole;
            broken.replace(at, 8, std::string(8, fill));
            if (const auto elf = Elf::parse(bytes_of(broken))) {
                elf->extent();
                elf->interpreter();
                elf->note("Xen", 18);
                EXPECT_LE(elf->dynamic().value_or(Elf::Dynamic{}).needed.size(), 1U);
            }
        }
    }
}

TEST(Elf, OtherFilesAreRefused) {
    EXPECT_THAT(Elf::parse(bytes_of("#!/bin/sh")), IsErrorWith("not an ELF file"));
    EXPECT_THAT(Elf::parse({}), IsErrorWith("not an ELF file"));
    EXPECT_THAT(Elf::parse(bytes_of("\x7F"
                                    "ELF\x02\x01")),
                IsErrorWith("cut off"));
}

TEST(ElfTarget, NamesTheMachine) {
    const auto named = [](std::uint16_t machine, unsigned char file_class, unsigned char order) {
        return ElfTarget{.file_class = file_class, .order = order, .machine = machine}.name();
    };
    EXPECT_EQ(named(EM_X86_64, ELFCLASS64, ELFDATA2LSB), "x86-64");
    EXPECT_EQ(named(EM_386, ELFCLASS32, ELFDATA2LSB), "32-bit x86");
    EXPECT_EQ(named(EM_AARCH64, ELFCLASS64, ELFDATA2LSB), "AArch64");
    EXPECT_EQ(named(EM_S390, ELFCLASS64, ELFDATA2MSB), "big-endian s390");
    EXPECT_EQ(named(0x1234, ELFCLASS64, ELFDATA2LSB), "machine 4660");
}

TEST(ElfTarget, IsReadInTheFilesOwnOrder) {
    auto file = ElfFixture{.machine = EM_S390}.build();
    file[EI_DATA] = ELFDATA2MSB;
    std::swap(file[18], file[19]);
    const auto target = elf_target(bytes_of(file));
    ASSERT_TRUE(target);
    EXPECT_EQ(target->machine, EM_S390);
    EXPECT_FALSE(elf_target(bytes_of("\x7F"
                                     "ELF")));
}

} // namespace ktstr::machine
