#include "ktstr-runner/machine/qemu/memory_layout.hpp"

#include "guest/wire/window.hpp"
#include "ktstr-runner/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <system_error>

namespace ktstr::machine::qemu {

namespace {

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;
constexpr std::uint64_t high_memory = 4 * gib;
constexpr std::uint64_t firmware_tables = 2 * mib; // SeaBIOS and qboot use less than 512 KiB of it

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
    return (value + unit - 1) / unit * unit;
}

// How much RAM lies below 4 GiB in a machine that has `total` (QEMU's hw/i386/microvm.c and
// pc_q35.c).
std::uint64_t split_of(Model model, std::uint64_t total) {
    constexpr std::uint64_t q35_threshold = 0xb000'0000;
    if (model == Model::microvm) {
        return 3 * gib;
    }
    return total >= q35_threshold ? 2 * gib : q35_threshold;
}

Result<std::uint64_t> size_of_initramfs(const MachineSpec& spec) {
    if (spec.initramfs.empty()) {
        return 0;
    }
    std::error_code error;
    const auto size = std::filesystem::file_size(spec.initramfs, error);
    if (error) {
        return fail(ErrorKind::environment,
                    fmt::format("cannot use the initramfs {}: {}",
                                spec.initramfs.string(),
                                error.message()));
    }
    return size;
}

} // namespace

Model model_for(const Topology& topology) {
    constexpr unsigned most_in_microvm = 255; // APIC ids of eight bits
    return topology.nodes > 1 || topology.vcpus() > most_in_microvm ? Model::q35 : Model::microvm;
}

std::string_view name_of(Model model) {
    return model == Model::microvm ? "microvm" : "q35";
}

std::optional<std::uint64_t> MemoryLayout::offset_in_ram(std::uint64_t physical,
                                                         std::uint64_t size) const {
    const auto is_in = [&](std::uint64_t base, std::uint64_t length) {
        return physical >= base && size <= length && physical - base <= length - size;
    };
    if (is_in(0, low_ram)) {
        return physical;
    }
    return is_in(high_memory, total() - low_ram) ? std::optional(physical - high_memory + low_ram)
                                                 : std::nullopt;
}

std::uint64_t MemoryLayout::total() const {
    return std::accumulate(node_size.begin(), node_size.end(), std::uint64_t{0});
}

Result<MemoryLayout> memory_layout(const MachineSpec& spec, std::uint64_t initramfs_size) {
    TRY(check_memory(spec));
    const auto reserve = firmware_tables + round_up(initramfs_size, mib);
    auto total = spec.memory + spec.window + reserve;
    const auto split = split_of(model_for(spec.topology), total);
    MemoryLayout layout{
        .kernel_end = spec.memory, .window_base = spec.memory, .window_size = spec.window};
    auto window_in_ram = spec.memory; // counted in bytes of RAM, without the hole
    if (total > split) {
        const auto kernel_high = spec.memory > split ? spec.memory - split : 0;
        layout.kernel_end = kernel_high > 0 ? high_memory + kernel_high : spec.memory;
        layout.window_base = high_memory + kernel_high;
        window_in_ram = split + kernel_high;
        total = window_in_ram + spec.window + reserve;
    }
    layout.low_ram = std::min(total, split);
    const auto nodes = spec.topology.nodes;
    const auto share = spec.memory / nodes / mib * mib;
    layout.node_size.assign(nodes - 1, share);
    layout.node_size.push_back(total - share * (nodes - 1));
    layout.window_offset = window_in_ram - share * (nodes - 1);
    return layout;
}

Result<MemoryLayout> memory_layout_of(const MachineSpec& spec) {
    TRY_ASSIGN(const auto initramfs_size, size_of_initramfs(spec));
    return memory_layout(spec, initramfs_size);
}

} // namespace ktstr::machine::qemu
