#include "ktstr-runner/machine/kvm/kernel_in_memory.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/image/kernel_arguments.hpp"
#include "ktstr-runner/machine/image/kernel_image.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi.hpp"
#include "ktstr-runner/machine/image/x86_64/boot_params.hpp"
#include "ktstr-runner/machine/image/x86_64/kernel_load.hpp"
#include "ktstr-runner/machine/kvm/x86_64/start_state.hpp"

#include <fmt/format.h>

#include <cstring>

namespace ktstr::machine::kvm {

namespace x86 = machine::x86_64;

// All of it lies in the first piece of memory.
Result<> KernelInMemory::add(const x86::MemoryMap& map,
                             std::uint64_t address,
                             std::span<const std::byte> bytes,
                             std::string_view what) {
    const auto size = map.ram.front().size;
    if (address > size || bytes.size() > size - address) {
        return fail(Error(ErrorKind::usage,
                          fmt::format("{} of {} bytes at {:#x} does not fit into the memory",
                                      what,
                                      bytes.size(),
                                      address))
                        .hint("give the machine more memory"));
    }
    pieces_.push_back({address, bytes});
    return {};
}

Result<> KernelInMemory::add_own(const x86::MemoryMap& map,
                                 std::uint64_t address,
                                 std::span<const std::byte> bytes,
                                 std::string_view what) {
    own_.emplace_back(bytes.begin(), bytes.end());
    return add(map, address, own_.back(), what);
}

Result<KernelInMemory>
KernelInMemory::prepare(const MachineSpec& spec, const x86::MemoryMap& map, std::uint64_t tsc_khz) {
    KernelInMemory out;
    TRY(inspect_kernel(spec.kernel));
    TRY_ASSIGN(auto file, MappedFile::open(spec.kernel));
    TRY_ASSIGN(const auto load, x86::kernel_load(file.bytes()));
    out.files_.push_back(std::move(file));
    out.entry_ = load.entry;
    for (const auto& piece : load.pieces) {
        TRY(out.add(map, piece.address, piece.bytes, "the kernel"));
    }
    x86::Range initramfs;
    if (!spec.initramfs.empty()) {
        TRY_ASSIGN(auto image, MappedFile::open(spec.initramfs), "cannot use the initramfs");
        TRY_ASSIGN(initramfs, x86::place_initramfs(map, load.end, image.bytes().size()));
        TRY(out.add(map, initramfs.base, image.bytes(), "the initramfs"));
        out.files_.push_back(std::move(image));
    }
    const auto line = kernel_arguments(
        spec, {.window_base = map.window.base, .window_size = map.window.size, .tsc_khz = tsc_khz});
    if (line.size() >= x86::low::command_line_size) {
        return fail(ErrorKind::usage,
                    fmt::format("a kernel command line of {} bytes is too long: {} is the most",
                                line.size(),
                                x86::low::command_line_size - 1));
    }
    TRY(out.add_own(map, x86::low::command_line, bytes_of(line), "the command line"));
    TRY_ASSIGN(const auto tables, x86::acpi_tables(x86::processors(spec.topology), map.nodes));
    TRY(out.add_own(map, x86::acpi_base, tables, "the ACPI tables"));
    const auto page = x86::zero_page(map, load.header, initramfs);
    TRY(out.add_own(
        map, x86::low::boot_params, std::as_bytes(std::span(&page, 1)), "the zero page"));
    return out;
}

void KernelInMemory::put(std::span<std::byte> ram) const {
    for (const auto& [address, bytes] : pieces_) {
        if (!bytes.empty()) {
            std::memcpy(ram.data() + address, bytes.data(), bytes.size());
        }
    }
    x86_64::write_start_tables(ram);
}

} // namespace ktstr::machine::kvm
