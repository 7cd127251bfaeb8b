// Where things lie in a machine's physical addresses. Ours to decide, as there is no firmware: what
// a kernel must find is told to it in boot_params and ACPI.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/memory_map.hpp"
#include "ktstr-runner/machine/spec.hpp"

#include <cstdint>

namespace ktstr::machine::x86_64 {

// Below 640 KiB, in memory that the kernel may take once it has read them.
namespace low {

inline constexpr std::uint64_t gdt = 0x500;
inline constexpr std::uint64_t boot_params = 0x7000;
inline constexpr std::uint64_t stack = 0x8ff0;
inline constexpr std::uint64_t page_tables = 0x9000; // PML4, PDPT, four page directories
inline constexpr std::uint64_t command_line = 0x20000;
inline constexpr std::uint64_t command_line_size = 0x10000; // with the zero at its end
inline constexpr std::uint64_t end = 0x9fc00;

} // namespace low

// What stays: the ACPI tables, where kernels look for the RSDP too.
inline constexpr std::uint64_t acpi_base = 0xe0000;
inline constexpr std::uint64_t acpi_size = 0x20000;

inline constexpr std::uint64_t kernel_base = 0x100000; // the lowest place that a kernel can have

// The hole for the APICs and what else a kernel expects below 4 GiB.
inline constexpr std::uint64_t hole_base = 0xc000'0000;
inline constexpr std::uint64_t hole_end = 0x1'0000'0000;

// Refuses memory and windows that a machine cannot have.
Result<MemoryMap> memory_map(const MachineSpec& spec);

} // namespace ktstr::machine::x86_64
