#include "ktstr-runner/machine/image/x86_64/boot_params.hpp"

#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::uint32_t e820_ram = 1;
constexpr std::uint32_t e820_reserved = 2;

void add(boot_params& page, std::uint64_t base, std::uint64_t size, std::uint32_t type) {
    page.e820_table[page.e820_entries++] = {.addr = base, .size = size, .type = type};
}

} // namespace

boot_params zero_page(const MemoryMap& map, std::span<const std::byte> header, Range initramfs) {
    constexpr std::uint8_t unregistered_loader = 0xff;
    boot_params page{};
    std::ranges::copy(header.first(std::min(header.size(), sizeof page.hdr)),
                      std::as_writable_bytes(std::span(&page.hdr, 1)).begin());
    page.hdr.boot_flag = 0xaa55;
    page.hdr.header = 0x5372'6448; // "HdrS"
    page.hdr.type_of_loader = unregistered_loader;
    page.hdr.cmd_line_ptr = static_cast<std::uint32_t>(low::command_line);
    page.hdr.ramdisk_image = static_cast<std::uint32_t>(initramfs.base);
    page.hdr.ramdisk_size = static_cast<std::uint32_t>(initramfs.size);
    page.ext_ramdisk_image = static_cast<std::uint32_t>(initramfs.base >> 32);
    page.ext_ramdisk_size = static_cast<std::uint32_t>(initramfs.size >> 32);
    page.acpi_rsdp_addr = acpi_base;
    add(page, 0, low::end, e820_ram);
    add(page, acpi_base, acpi_size, e820_reserved);
    for (const auto& piece : map.ram) {
        const auto base = std::max(piece.base, kernel_base);
        add(page, base, piece.end() - base, e820_ram);
    }
    return page;
}

Result<Range>
place_initramfs(const MemoryMap& map, std::uint64_t kernel_end, std::uint64_t initramfs_size) {
    constexpr std::uint64_t page = 4096;
    constexpr std::uint64_t highest =
        0x8000'0000; // initrd_addr_max of kernels before 3.10 plus one
    const auto top = std::min(map.ram.front().end(), highest);
    if (initramfs_size > top || (top - initramfs_size) / page * page < kernel_end) {
        return fail(
            Error(ErrorKind::usage,
                  fmt::format("an initramfs of {} has no place beside the kernel in {} of memory",
                              human_bytes(initramfs_size),
                              human_bytes(map.ram_size())))
                .hint("give the machine more memory"));
    }
    return Range{(top - initramfs_size) / page * page, initramfs_size};
}

} // namespace ktstr::machine::x86_64
