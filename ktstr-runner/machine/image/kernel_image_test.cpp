#include "ktstr-runner/base/atomic_file.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/image/elf_fixture.hpp"
#include "ktstr-runner/machine/image/kernel_image.hpp"

#include <sys/stat.h>

namespace ktstr::machine {

namespace {

using namespace std::string_literals;

// A bzImage by boot.rst: 2 setup sectors, 4096 bytes of system.
std::string bzimage() {
    std::string out(3 * 512 + 4096, '\0');
    const auto put = [&](std::size_t at, const std::string& bytes) {
        out.replace(at, bytes.size(), bytes);
    };
    put(0, "MZ");
    put(0x1F1, "\x02"s);
    put(0x1F4, "\x00\x01\x00\x00"s); // 256 paragraphs
    put(0x1FE, "\x55\xAA"s);
    put(0x202, "HdrS");
    put(0x206, "\x0F\x02"s);
    put(0x20E, "\x80\x01"s); // text at 0x380
    put(0x236, "\x01\x00"s);
    put(0x380, "6.12.117-ktstr (me@here) #1 SMP\0"s);
    return out;
}

class KernelImageTest : public testing::Test {
protected:
    Result<KernelImage> inspect(const std::string& bytes) {
        EXPECT_THAT(write_file_atomically(path_, bytes), IsOk());
        return inspect_kernel(path_);
    }

    Result<TempDir> directory_ = TempDir::create("kernel");
    std::filesystem::path path_ = directory_->path() / "image";
};

} // namespace

TEST_F(KernelImageTest, BzImageGivesItsRelease) {
    const auto image = inspect(bzimage());
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->kind, KernelImage::Kind::bzimage);
    EXPECT_EQ(image->release, "6.12.117-ktstr");
}

TEST_F(KernelImageTest, BzImageMayBeLongerThanItSays) {
    EXPECT_THAT(inspect(bzimage() + std::string(2000, 's')), IsOk()); // a signature
}

TEST_F(KernelImageTest, BzImageWithoutVersionTextHasNoRelease) {
    for (const auto& offset : {"\0\0"s, "\xFF\xFF"s}) {
        auto bytes = bzimage();
        bytes.replace(0x20E, 2, offset);
        const auto image = inspect(bytes);
        ASSERT_THAT(image, IsOk());
        EXPECT_EQ(image->release, "");
    }
}

TEST_F(KernelImageTest, SetupSectorsZeroMeansFour) {
    auto bytes = bzimage();
    bytes[0x1F1] = 0;
    EXPECT_THAT(inspect(bytes), IsErrorWith("5632 of 6656 bytes are there"));
}

TEST_F(KernelImageTest, TruncatedBzImageSaysByHowMuch) {
    const auto whole = bzimage();
    EXPECT_THAT(inspect(whole.substr(0, whole.size() - 1)),
                IsErrorWith("5631 of 5632 bytes are there, 1 "));
    EXPECT_THAT(inspect(whole.substr(0, 0x220)), IsErrorWith("truncated"));
    EXPECT_THAT(inspect(whole.substr(0, 100)), IsErrorWith("truncated"));
}

TEST_F(KernelImageTest, ThirtyTwoBitKernelIsRefused) {
    auto bytes = bzimage();
    bytes[0x236] = 0;
    EXPECT_THAT(inspect(bytes), IsErrorWith("32-bit"));
    bytes = bzimage();
    bytes[0x206] = '\x0B';
    EXPECT_THAT(inspect(bytes), IsErrorWith("older than 3.8"));
}

TEST_F(KernelImageTest, ElfWithPvhNoteGivesItsRelease) {
    const auto image =
        inspect(ElfFixture{.type = ET_EXEC,
                           .note_type = 18,
                           .text = "Linux version %s (%s)\0Linux version 7.3.4-test (me@here)"s}
                    .build());
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->kind, KernelImage::Kind::elf);
    EXPECT_EQ(image->release, "7.3.4-test");
}

TEST_F(KernelImageTest, ElfWithoutPvhNoteNamesTheOption) {
    EXPECT_THAT(inspect(ElfFixture{.type = ET_EXEC}.build()),
                IsErrorWith("an ELF program, not a kernel"));
    EXPECT_THAT(inspect(ElfFixture{.type = ET_EXEC, .note_type = 17}.build()),
                IsErrorWith("an ELF program, not a kernel"));
    EXPECT_THAT(inspect(ElfFixture{.interpreter = "/lib64/ld.so"}.build()),
                IsErrorWith("an ELF program"));
    EXPECT_THAT(inspect(ElfFixture{.type = ET_REL}.build()), IsErrorWith("object file"));
}

TEST_F(KernelImageTest, TruncatedElfSaysByHowMuch) {
    const auto whole = ElfFixture{.type = ET_EXEC, .note_type = 18}.build();
    EXPECT_THAT(inspect(whole.substr(0, whole.size() - 3)), IsErrorWith(" 3 ("));
    EXPECT_THAT(inspect(whole.substr(0, 70)), IsErrorWith("program headers are cut off"));
    EXPECT_THAT(inspect(whole.substr(0, 20)), IsErrorWith("ELF header is cut off"));
}

TEST_F(KernelImageTest, ElfOfAnotherArchitectureNamesBoth) {
    const auto result =
        inspect(ElfFixture{.type = ET_EXEC, .machine = EM_AARCH64, .note_type = 18}.build());
    EXPECT_THAT(result, IsErrorWith("for AArch64"));
    EXPECT_THAT(result, IsErrorWith("this machine is x86-64"));
}

TEST_F(KernelImageTest, WhatIsNoKernelIsNamed) {
    auto arm = std::string(64, '\0');
    arm.replace(56, 4, "ARM\x64");
    auto sector = std::string(1024, '\0');
    sector.replace(0x1FE, 2, "\x55\xAA");
    const std::pair<std::string, const char*> cases[] = {
        {"", "is empty"},
        {"CONFIG_SMP=y\n", "plain text"},
        {"#!/bin/sh\n", "a script"},
        {"\x1F\x8B\x08"s, "gzip"},
        {"\x28\xB5\x2F\xFD rest"s, "zstd"},
        {"\xFD"
         "7zXZ\0"s, "xz data"},
        {"!<arch>\ndebian-binary   1", "kernel build --deb"},
        {"070701000000", "cpio"},
        {arm, "AArch64"},
        {sector, "boot sector"},
        {"MZ" + std::string(2000, '\0'), "EFI"},
        {"\x01\x02\x03"s, "unknown kind"},
    };
    for (const auto& [bytes, what] : cases) {
        const auto result = inspect(bytes);
        EXPECT_THAT(result, IsErrorWith(what));
        EXPECT_THAT(result, IsErrorWith(path_.c_str()));
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().hint(), "") << what;
    }
}

TEST_F(KernelImageTest, PathsThatAreNoFileAreNamed) {
    EXPECT_THAT(inspect_kernel(directory_->path() / "none"), IsErrorWith("No such file"));
    EXPECT_THAT(inspect_kernel(directory_->path()), IsErrorWith("it is a directory"));
    EXPECT_THAT(inspect_kernel(directory_->path()), IsErrorWith("arch/x86/boot/bzImage"));
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_THAT(inspect_kernel(path_), IsErrorWith("not a regular file")); // and does not hang
}

} // namespace ktstr::machine
