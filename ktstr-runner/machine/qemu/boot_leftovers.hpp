// What QEMU has loaded into a machine's memory and nobody reads once its kernel is up: the
// compressed kernel, whose pages are free then, and the initramfs, of which the kernel has a copy.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/ram_files.hpp"
#include "ktstr-runner/machine/qemu/memory_layout.hpp"

#include <cstdint>
#include <filesystem>
#include <span>

namespace ktstr::machine::qemu {

// Makes holes of those of its pages that are as they were loaded, so that no saved machine keeps
// them; a page that the guest has written since is not touched. The machine must be paused, and
// nothing may have been unpacked in it: a file that is such a kernel could lie in the same place.
// Returns how many bytes those are. `ram`: the files of `layout`, one a node.
Result<std::uint64_t> forget_boot_leftovers(const MachineSpec& spec,
                                            const MemoryLayout& layout,
                                            std::span<const RamFile> ram);

} // namespace ktstr::machine::qemu
