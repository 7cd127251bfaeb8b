#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/base/temp_dir.hpp"
#include "ktstr-runner/machine/qemu/boot_leftovers.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>
#include <string>

namespace ktstr::machine::qemu {

namespace {

constexpr std::size_t page = 4096;
constexpr std::uint64_t megabyte = 1 << 20;

class BootLeftovers : public ::testing::Test {
protected:
    void SetUp() override {
        auto made = TempDir::create("leftovers");
        ASSERT_THAT(made, IsOk());
        dir.emplace(std::move(*made));
        std::string kernel(3 * 512 + 3 * page, 'k'); // one sector of boot code, two of setup
        kernel[0x1f1] = 2;
        kernel.replace(0x202, 4, "HdrS");
        spec.kernel = write("kernel", kernel);
        loaded_kernel = kernel.substr(3 * 512);
        initramfs =
            std::string(page, 'a') + std::string(page, '\0') + std::string(page, 'c') + "end";
        spec.initramfs = write("initramfs", initramfs);
        layout.node_size = {4 * megabyte, 4 * megabyte};
        layout.low_ram = 8 * megabyte;
        for (const auto size : layout.node_size) {
            auto file = make_ram_file(size);
            ASSERT_THAT(file, IsOk());
            ram.push_back(std::move(*file));
        }
        put(0, megabyte, loaded_kernel);
        put(1, initramfs_at, initramfs);
    }

    std::filesystem::path write(const std::string& name, const std::string& text) const {
        const auto path = dir->path() / name;
        std::ofstream(path) << text;
        return path;
    }

    void put(std::size_t node, std::uint64_t at, const std::string& text) const {
        ASSERT_EQ(::pwrite(ram[node].fd.get(), text.data(), text.size(), static_cast<off_t>(at)),
                  static_cast<ssize_t>(text.size()));
    }

    std::string get(std::size_t node, std::uint64_t at, std::size_t size) const {
        std::string text(size, '?');
        EXPECT_EQ(::pread(ram[node].fd.get(), text.data(), size, static_cast<off_t>(at)),
                  static_cast<ssize_t>(size));
        return text;
    }

    static constexpr std::uint64_t initramfs_at = 4 * megabyte - 10 * page;
    std::optional<TempDir> dir;
    MachineSpec spec;
    MemoryLayout layout;
    std::vector<RamFile> ram;
    std::string loaded_kernel;
    std::string initramfs;
};

} // namespace

TEST_F(BootLeftovers, AreForgottenPageByPage) {
    EXPECT_EQ(forget_boot_leftovers(spec, layout, ram).value(), 5 * page);
    EXPECT_EQ(get(0, megabyte, 3 * page), std::string(3 * page, '\0'));
    EXPECT_EQ(get(1, initramfs_at, 3 * page), std::string(3 * page, '\0'));
    EXPECT_EQ(get(1, initramfs_at + 3 * page, 3), "end"); // no whole page
    EXPECT_EQ(forget_boot_leftovers(spec, layout, ram).value(), 0U);
}

TEST_F(BootLeftovers, WhatTheGuestHasWrittenStays) {
    put(0, megabyte + page + 7, "x");
    put(1, initramfs_at + 2 * page, "y");
    EXPECT_EQ(forget_boot_leftovers(spec, layout, ram).value(), 3 * page);
    auto written = loaded_kernel.substr(page, page);
    written[7] = 'x';
    EXPECT_EQ(get(0, megabyte, 3 * page),
              std::string(page, '\0') + written + std::string(page, '\0'));
    EXPECT_EQ(get(1, initramfs_at + 2 * page, page), "y" + std::string(page - 1, 'c'));
}

TEST_F(BootLeftovers, AnInitramfsThatTheKernelKeepsStays) {
    spec.kernel_arguments = {"quiet", "retain_initrd"};
    EXPECT_EQ(forget_boot_leftovers(spec, layout, ram).value(), 3 * page);
    EXPECT_EQ(get(1, initramfs_at, page), std::string(page, 'a'));
}

TEST_F(BootLeftovers, AnotherKernelsAndAnotherPlacesAreNone) {
    std::string elf(2 * page, 'k');
    spec.kernel = write("vmlinux", elf);
    put(1, initramfs_at, std::string(3 * page, 'z'));
    put(1, initramfs_at - megabyte, initramfs);
    layout.low_ram = 4 * megabyte;
    EXPECT_EQ(forget_boot_leftovers(spec, layout, ram).value(), 0U);
    spec.kernel = dir->path() / "gone";
    EXPECT_THAT(forget_boot_leftovers(spec, layout, ram), IsErrorWith("gone"));
}

} // namespace ktstr::machine::qemu
