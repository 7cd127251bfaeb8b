// Guests for tests of machines: an initramfs around guest_init, and kernels of a few instructions.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>

namespace ktstr::machine {

// An initramfs whose /init is the file `init` with this mode, and /dev/console.
Result<> write_initramfs(const std::filesystem::path& path,
                         const std::filesystem::path& init,
                         unsigned mode);

// An ELF file that QEMU boots by PVH: these bytes at 1 MiB, entered in 32-bit protected mode.
Result<> write_kernel(const std::filesystem::path& path, std::span<const std::byte> code);

std::span<const std::byte> code_that_triple_faults();
std::span<const std::byte> code_that_floods_the_console();

// Expects a window at 128 MiB: sends `out` with "hello", waits for a frame, sends `goodbye`, halts.
std::span<const std::byte> code_that_uses_the_window();

// Tells the pvpanic device (docs/specs/pvpanic), which the machine must have, of a panic.
std::span<const std::byte> code_that_calls_pvpanic();

} // namespace ktstr::machine
