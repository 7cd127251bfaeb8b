#include "ktstr-runner/machine/kvm/kernel_in_memory.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/mapped_file.hpp"
#include "ktstr-runner/machine/image/kernel_arguments.hpp"
#include "ktstr-runner/machine/image/kernel_image.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi.hpp"
#include "ktstr-runner/machine/image/x86_64/boot_params.hpp"
#include "ktstr-runner/machine/image/x86_64/kernel_load.hpp"
#include "ktstr-runner/machine/kvm/x86_64/start_state.hpp"

#include <fmt/format.h>

#include <cstring>
#include <optional>

namespace ktstr::machine::kvm {

namespace {

namespace x86 = machine::x86_64;

// All that is written here lies in the first piece, which begins at address 0.
class LowMemory final {
public:
    LowMemory(std::span<std::byte> ram, const x86::MemoryMap& map)
        : bytes_(ram.first(map.ram.front().size)) {}

    Result<> put(std::uint64_t address, std::span<const std::byte> bytes, std::string_view what) {
        if (address > bytes_.size() || bytes.size() > bytes_.size() - address) {
            return fail(Error(ErrorKind::usage,
                              fmt::format("{} of {} bytes at {:#x} does not fit into the memory",
                                          what,
                                          bytes.size(),
                                          address))
                            .hint("give the machine more memory"));
        }
        if (!bytes.empty()) {
            std::memcpy(bytes_.data() + address, bytes.data(), bytes.size());
        }
        return {};
    }

    std::span<std::byte> bytes() const { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

Result<> put_command_line(LowMemory& memory, const std::string& line) {
    if (line.size() >= x86::low::command_line_size) {
        return fail(ErrorKind::usage,
                    fmt::format("a kernel command line of {} bytes is too long: {} is the most",
                                line.size(),
                                x86::low::command_line_size - 1));
    }
    return memory.put(x86::low::command_line, bytes_of(line), "the command line");
}

Result<x86::Range> put_initramfs(LowMemory& memory,
                                 const std::filesystem::path& path,
                                 const x86::MemoryMap& map,
                                 std::uint64_t kernel_end) {
    if (path.empty()) {
        return x86::Range{};
    }
    TRY_ASSIGN(const auto file, MappedFile::open(path), "cannot use the initramfs");
    TRY_ASSIGN(const auto place, x86::place_initramfs(map, kernel_end, file.bytes().size()));
    TRY(memory.put(place.base, file.bytes(), "the initramfs"));
    return place;
}

} // namespace

Result<std::uint64_t> put_kernel(const MachineSpec& spec,
                                 const x86::MemoryMap& map,
                                 std::uint64_t tsc_khz,
                                 std::span<std::byte> ram) {
    TRY(inspect_kernel(spec.kernel));
    TRY_ASSIGN(const auto file, MappedFile::open(spec.kernel));
    TRY_ASSIGN(const auto load, x86::kernel_load(file.bytes()));
    LowMemory memory(ram, map);
    for (const auto& piece : load.pieces) {
        TRY(memory.put(piece.address, piece.bytes, "the kernel"));
    }
    TRY_ASSIGN(const auto initramfs, put_initramfs(memory, spec.initramfs, map, load.end));
    TRY(put_command_line(
        memory,
        kernel_arguments(
            spec,
            {.window_base = map.window.base, .window_size = map.window.size, .tsc_khz = tsc_khz})));
    TRY_ASSIGN(const auto tables, x86::acpi_tables(x86::processors(spec.topology), map.nodes));
    TRY(memory.put(x86::acpi_base, tables, "the ACPI tables"));
    const auto page = x86::zero_page(map, load.header, initramfs);
    TRY(memory.put(x86::low::boot_params, std::as_bytes(std::span(&page, 1)), "the zero page"));
    x86_64::write_start_tables(memory.bytes());
    return load.entry;
}

} // namespace ktstr::machine::kvm
