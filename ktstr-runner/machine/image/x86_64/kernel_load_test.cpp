#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/image/elf_fixture.hpp"
#include "ktstr-runner/machine/image/x86_64/kernel_load.hpp"

#include <gmock/gmock.h>

#include <asm/bootparam.h>
#include <elf.h>

#include <cstring>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::uint64_t mib = 1ULL << 20;

// Two setup sectors and a system of 4096 bytes, for 16 MiB.
std::string bzimage(const std::function<void(setup_header&)>& change = [](auto&) {}) {
    std::string out(3 * 512 + 4096, '\0');
    setup_header header{};
    header.setup_sects = 2;
    header.syssize = 4096 / 16;
    header.boot_flag = 0xaa55;
    header.header = 0x5372'6448;
    header.version = 0x20f;
    header.jump = 0x6aeb; // over 0x6a bytes from 0x202 on
    header.pref_address = 16 * mib;
    header.init_size = 8 * mib;
    change(header);
    std::memcpy(out.data() + 0x1f1, &header, sizeof header);
    out[3 * 512] = 's';
    return out;
}

Elf64_Phdr& segment_of(std::string& elf) {
    auto* const header = reinterpret_cast<Elf64_Ehdr*>(elf.data());
    return *reinterpret_cast<Elf64_Phdr*>(elf.data() + header->e_phoff);
}

// Its one segment has its addresses at 4 MiB.
std::string vmlinux() {
    auto elf = ElfFixture{.type = ET_EXEC, .text = "kernel"}.build();
    reinterpret_cast<Elf64_Ehdr*>(elf.data())->e_entry = ElfFixture::base + 16;
    segment_of(elf).p_paddr = ElfFixture::base;
    return elf;
}

} // namespace

TEST(KernelLoad, OfABzimageGoesWhereItPrefers) {
    const auto file = bzimage();
    const auto load = kernel_load(bytes_of(file));
    ASSERT_THAT(load, IsOk());
    ASSERT_EQ(load->pieces.size(), 1U);
    EXPECT_EQ(load->pieces[0].address, 16 * mib);
    EXPECT_EQ(load->pieces[0].bytes.size(), 4096U);
    EXPECT_EQ(load->pieces[0].bytes[0], std::byte{'s'});
    EXPECT_EQ(load->entry, 16 * mib + 0x200);
    EXPECT_EQ(load->end, 24 * mib);
    EXPECT_EQ(load->header.size(), 0x202U + 0x6a - 0x1f1);
}

TEST(KernelLoad, OfABzimageStaysWhereMemoryCanBe) {
    const auto low = bzimage([](auto& header) { header.pref_address = 0x1000; });
    EXPECT_THAT(kernel_load(bytes_of(low)), IsErrorWith("at 0x1000, where no memory is for it"));
    const auto high = bzimage([](auto& header) { header.pref_address = ~0ULL; });
    EXPECT_THAT(kernel_load(bytes_of(high)), IsErrorWith("where no memory is for it"));
    const auto large = bzimage([](auto& header) { header.init_size = 0xffff'ffff; });
    EXPECT_THAT(kernel_load(bytes_of(large)), IsErrorWith("where no memory is for it"));
}

TEST(KernelLoad, OfAVmlinuxIsItsSegments) {
    const auto file = vmlinux();
    const auto load = kernel_load(bytes_of(file));
    ASSERT_THAT(load, IsOk());
    ASSERT_EQ(load->pieces.size(), 1U);
    EXPECT_EQ(load->pieces[0].address, ElfFixture::base);
    EXPECT_EQ(load->entry, ElfFixture::base + 16);
    EXPECT_TRUE(load->header.empty());
}

TEST(KernelLoad, OfAVmlinuxStaysWhereMemoryCanBe) {
    auto low = vmlinux();
    segment_of(low).p_paddr = 0x1000;
    EXPECT_THAT(kernel_load(bytes_of(low)), IsErrorWith("at 0x1000, where no memory is for it"));
    auto wrapped = vmlinux();
    segment_of(wrapped).p_memsz = ~0ULL;
    EXPECT_THAT(kernel_load(bytes_of(wrapped)), IsErrorWith("where no memory is for it"));
    auto astray = vmlinux();
    reinterpret_cast<Elf64_Ehdr*>(astray.data())->e_entry = 0x1000;
    EXPECT_THAT(kernel_load(bytes_of(astray)), IsErrorWith("where no memory is for it"));
}

} // namespace ktstr::machine::x86_64
