// The ACPI tables of a machine: what tells a kernel its CPUs, its NUMA nodes and how to switch off.
// The machine is hardware-reduced (ACPI 6.5, section 4.1): no PM timer, no SCI, no legacy interrupt
// controller.
#pragma once

#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"
#include "ktstr-runner/machine/image/x86_64/processors.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace ktstr::machine::x86_64 {

// Ports of the two registers by which a kernel ends the machine, and of the console.
namespace ports {

inline constexpr std::uint16_t sleep_control = 0x600;
inline constexpr std::uint16_t sleep_status = 0x601;
inline constexpr std::uint16_t reset = 0x602;
inline constexpr std::uint16_t uart = 0x3f8;

} // namespace ports

// What a kernel writes there: SLP_EN and the type of _S5 (section 4.8.3.7), and FADT's RESET_VALUE.
inline constexpr std::uint8_t sleep_type_off = 5;
inline constexpr std::uint8_t sleep_enable = 0x20;
inline constexpr std::uint8_t reset_value = 1;

using Table = std::vector<std::byte>;

Table madt(std::span<const Processor> processors);
Table srat(std::span<const Processor> processors, std::span<const NodeRange> memory);
Table slit(unsigned nodes);
Table hmat(std::span<const unsigned> with_processors, unsigned nodes);
Table fadt(std::uint64_t dsdt);
Table dsdt();

// All of them, as they lie from `base` on: the RSDP first. Refused when they need more than
// `capacity`.
Result<Table> acpi_tables(std::span<const Processor> processors,
                          std::span<const NodeRange> memory,
                          std::uint64_t base = acpi_base,
                          std::uint64_t capacity = acpi_size);

} // namespace ktstr::machine::x86_64
