#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/image/kernel_arguments.hpp"
#include "ktstr-runner/machine/image/kernel_image.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi.hpp"
#include "ktstr-runner/machine/image/x86_64/boot_params.hpp"
#include "ktstr-runner/machine/image/x86_64/kernel_load.hpp"
#include "ktstr-runner/machine/kvm/architecture.hpp"
#include "ktstr-runner/machine/kvm/x86_64/start_state.hpp"

#include <fmt/format.h>

namespace ktstr::machine::kvm::architecture {

namespace x86 = machine::x86_64;

namespace {

std::vector<std::byte> copy_of(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
}

} // namespace

Result<KernelInMemory>
prepare_kernel(const MachineSpec& spec, const MemoryMap& map, std::uint64_t tsc_khz) {
    KernelInMemory out(map);
    TRY_ASSIGN(auto file, MappedFile::open(spec.kernel));
    const auto kernel = out.keep(std::move(file));
    TRY(inspect_kernel(kernel), "cannot use the kernel " + spec.kernel.string());
    TRY_ASSIGN(const auto load, x86::kernel_load(kernel));
    out.entry = load.entry;
    for (const auto& piece : load.pieces) {
        TRY(out.add(piece.address, piece.bytes, "the kernel"));
    }
    Range initramfs;
    if (!spec.initramfs.empty()) {
        TRY_ASSIGN(auto image, MappedFile::open(spec.initramfs), "cannot use the initramfs");
        const auto bytes = out.keep(std::move(image));
        TRY_ASSIGN(initramfs, x86::place_initramfs(map, load.end, bytes.size()));
        TRY(out.add(initramfs.base, bytes, "the initramfs"));
    }
    const auto line = kernel_arguments(
        spec, {.window_base = map.window.base, .window_size = map.window.size, .tsc_khz = tsc_khz});
    if (line.size() >= x86::low::command_line_size) {
        return fail(ErrorKind::usage,
                    fmt::format("a kernel command line of {} bytes is too long: {} is the most",
                                line.size(),
                                x86::low::command_line_size - 1));
    }
    TRY(out.add_own(0, x86_64::start_tables(), "what the CPU starts with"));
    TRY(out.add_own(x86::low::command_line, copy_of(bytes_of(line)), "the command line"));
    TRY_ASSIGN(auto tables, x86::acpi_tables(x86::processors(spec.topology), map.nodes));
    TRY(out.add_own(x86::acpi_base, std::move(tables), "the ACPI tables"));
    const auto page = x86::zero_page(map, load.header, initramfs);
    TRY(out.add_own(
        x86::low::boot_params, copy_of(std::as_bytes(std::span(&page, 1))), "the zero page"));
    return out;
}

} // namespace ktstr::machine::kvm::architecture
