#include "ktstr-runner/machine/image/x86_64/kernel_load.hpp"

#include "ktstr-runner/machine/image/elf.hpp"
#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"

#include <fmt/format.h>

#include <asm/bootparam.h>

#include <algorithm>
#include <cstring>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::size_t header_at = 0x1f1;
constexpr std::uint64_t entry_64 = 0x200; // of the 64-bit entry, from where the kernel is loaded

tl::unexpected<Error> misplaced(std::uint64_t address, std::uint64_t size) {
    return fail(ErrorKind::environment,
                fmt::format("the kernel wants {} bytes at {:#x}, where no memory is for it",
                            size,
                            address));
}

Result<KernelLoad> load_elf(std::span<const std::byte> file) {
    TRY_ASSIGN(const auto elf, Elf::parse(file));
    KernelLoad load{.pieces = {}, .entry = elf.entry(), .end = 0, .header = {}};
    for (const auto& segment : elf.segments()) {
        if (segment.p_type != PT_LOAD) {
            continue;
        }
        const auto end = segment.p_paddr + segment.p_memsz;
        if (segment.p_paddr < kernel_base || end < segment.p_paddr || end > hole_base ||
            segment.p_filesz > segment.p_memsz) {
            return misplaced(segment.p_paddr, segment.p_memsz);
        }
        load.pieces.push_back({segment.p_paddr, elf.contents(segment)});
        load.end = std::max(load.end, end);
    }
    if (load.entry < kernel_base || load.entry >= load.end) {
        return misplaced(load.entry, 1);
    }
    return load;
}

Result<KernelLoad> load_bzimage(std::span<const std::byte> file) {
    setup_header header{};
    std::memcpy(&header, file.data() + header_at, sizeof header);
    const std::size_t sectors = header.setup_sects == 0 ? 4 : header.setup_sects;
    const auto setup_size = (sectors + 1) * 512;
    const auto size = std::min(file.size() - setup_size, std::size_t{header.syssize} * 16);
    if (header.pref_address < kernel_base || header.pref_address > hole_base ||
        std::max<std::uint64_t>(header.init_size, size) > hole_base - header.pref_address) {
        return misplaced(header.pref_address, header.init_size);
    }
    // The header ends where the jump at its begin says (boot.rst, "Details of Harder Header
    // Fields").
    const auto header_end = 0x202U + (header.jump >> 8);
    return KernelLoad{.pieces = {{header.pref_address, file.subspan(setup_size, size)}},
                      .entry = header.pref_address + entry_64,
                      .end = header.pref_address + std::max<std::uint64_t>(header.init_size, size),
                      .header = file.subspan(header_at, header_end - header_at)};
}

} // namespace

Result<KernelLoad> kernel_load(std::span<const std::byte> file) {
    return is_elf(file) ? load_elf(file) : load_bzimage(file);
}

} // namespace ktstr::machine::x86_64
