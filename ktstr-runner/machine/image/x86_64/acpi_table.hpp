// One ACPI table as bytes: a header, little-endian fields in the order they are added, a checksum.
// ACPI 6.5, section 5.2.6.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ktstr::machine::x86_64 {

class AcpiTable final {
public:
    // `signature` has four characters.
    AcpiTable(std::string_view signature, std::uint8_t revision);

    AcpiTable& u8(std::uint8_t value) { return number(value, 1); }

    AcpiTable& u16(std::uint16_t value) { return number(value, 2); }

    AcpiTable& u32(std::uint32_t value) { return number(value, 4); }

    AcpiTable& u64(std::uint64_t value) { return number(value, 8); }

    AcpiTable& zeros(std::size_t count);
    AcpiTable& bytes(std::span<const std::uint8_t> values);

    // Generic Address Structure of a byte-wide register: section 5.2.3.2.
    AcpiTable& io_register(std::uint16_t port);

    std::size_t size() const { return bytes_.size(); }

    // With its length and checksum. The table is done.
    std::vector<std::byte> finish() &&;

private:
    AcpiTable& number(std::uint64_t value, unsigned width);

    std::vector<std::byte> bytes_;
};

// What makes the sum of all bytes zero.
std::uint8_t acpi_checksum(std::span<const std::byte> bytes);

} // namespace ktstr::machine::x86_64
