#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/protocol/host_only.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <cstddef>
#include <fstream>

namespace ktstr::protocol {
namespace {

using testing::HasSubstr;

const config::TestNames plain{
    .test = "t", .package = "p", .binary = "p", .binary_id = "p", .kind = "lib"};

// The least that names one library: headers, a dynamic section, its strings.
struct TinyElf {
    Elf64_Ehdr header{
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2
    };
    Elf64_Phdr load{.p_type = PT_LOAD, .p_vaddr = 0x1000, .p_filesz = sizeof(TinyElf)};
    Elf64_Phdr dynamic_segment{
        .p_type = PT_DYNAMIC, .p_offset = offsetof(TinyElf, dynamic), .p_filesz = sizeof(dynamic)};
    Elf64_Dyn dynamic[3] = {
        {DT_NEEDED, {1}                                  },
        {DT_STRTAB, {0x1000 + offsetof(TinyElf, strings)}},
        {DT_NULL,   {0}                                  }
    };
    char strings[40] = "\0librustc_driver-0123456789abcdef.so";
};

TEST(HostOnly, WhatNeedsTheCompilerStaysOnTheHost) {
    const auto folder = TempDir::create("host-only");
    const auto path = folder->path() / "tool";
    const TinyElf elf;
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(&elf), sizeof(elf));
    const auto reason = host_only(plain, path, {});
    ASSERT_TRUE(reason);
    EXPECT_THAT(*reason, HasSubstr("librustc_driver"));
}

TEST(HostOnly, AnOrdinaryTestGoesIntoAMachine) {
    EXPECT_EQ(host_only(plain, *self_path(), {}), std::nullopt);
    EXPECT_EQ(host_only(plain, "/no/such/binary", {}), std::nullopt);
}

TEST(HostOnly, TheConfigurationDecides) {
    config::TestSettings settings;
    settings.host_only = true;
    const auto reason = host_only(plain, *self_path(), settings);
    ASSERT_TRUE(reason);
    EXPECT_THAT(*reason, HasSubstr("ktstr.toml"));
}

TEST(HostOnly, AProcMacroStaysWithTheCompiler) {
    auto names = plain;
    names.kind = "proc-macro";
    const auto reason = host_only(names, *self_path(), {});
    ASSERT_TRUE(reason);
    EXPECT_THAT(*reason, HasSubstr("proc-macro"));
}

} // namespace
} // namespace ktstr::protocol
