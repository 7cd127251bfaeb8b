// Where a machine's RAM lies in guest physical addresses, and in it the window
// (guest/wire/window.hpp). Pure.
//
// RAM is contiguous from 0 to a model's split and goes on at 4 GiB. The kernel gets `memory` bytes
// from the bottom up (mem=), the window lies above them, in one piece. Above the window, or at the
// split, firmware keeps its tables and puts the initramfs: that place is reserved on top, so
// neither ever lies in the window.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/spec.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace ktstr::machine::qemu {

enum class Model {
    microvm, // one NUMA node; the least to boot
    q35,     // ACPI SRAT: as many nodes as are wanted
};

Model model_for(const Topology& topology);
std::string_view name_of(Model model);

struct MemoryLayout {
    std::uint64_t kernel_end = 0;         // mem=: the first address that the kernel may not use
    std::uint64_t window_base = 0;        // guest physical
    std::uint64_t window_size = 0;        // as the spec says
    std::uint64_t window_offset = 0;      // in the last node's RAM file
    std::uint64_t low_ram = 0;            // how much of the RAM is below 4 GiB
    std::vector<std::uint64_t> node_size; // one RAM file each; the last holds the window
    std::uint64_t total() const;

    // Where in all nodes' RAM, one behind the other, so many bytes from a physical address lie;
    // absent when they are not all RAM.
    std::optional<std::uint64_t> offset_in_ram(std::uint64_t physical, std::uint64_t size) const;
};

// `initramfs_size` is what the firmware will place at the top of low RAM.
Result<MemoryLayout> memory_layout(const MachineSpec& spec, std::uint64_t initramfs_size);

// The same, with the size of the spec's own initramfs.
Result<MemoryLayout> memory_layout_of(const MachineSpec& spec);

} // namespace ktstr::machine::qemu
