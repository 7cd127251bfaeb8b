#include "ktstr-runner/machine/image/x86_64/acpi_table.hpp"

#include <algorithm>
#include <numeric>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::size_t length_at = 4;
constexpr std::size_t checksum_at = 9;
constexpr std::string_view oem = "KTSTR ";
constexpr std::string_view oem_table = "KTSTRVM ";
constexpr std::string_view creator = "KTST";

void append(std::vector<std::byte>& out, std::string_view text) {
    std::ranges::transform(
        text, std::back_inserter(out), [](char c) { return static_cast<std::byte>(c); });
}

} // namespace

std::uint8_t acpi_checksum(std::span<const std::byte> bytes) {
    const auto sum =
        std::accumulate(bytes.begin(), bytes.end(), 0U, [](unsigned total, std::byte byte) {
            return total + std::to_integer<unsigned>(byte);
        });
    return static_cast<std::uint8_t>(0U - sum);
}

AcpiTable::AcpiTable(std::string_view signature, std::uint8_t revision) {
    append(bytes_, signature);
    u32(0).u8(revision).u8(0); // length and checksum come last
    append(bytes_, oem);
    append(bytes_, oem_table);
    u32(1);
    append(bytes_, creator);
    u32(1);
}

AcpiTable& AcpiTable::zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
}

AcpiTable& AcpiTable::bytes(std::span<const std::uint8_t> values) {
    std::ranges::transform(
        values, std::back_inserter(bytes_), [](std::uint8_t value) { return std::byte{value}; });
    return *this;
}

AcpiTable& AcpiTable::io_register(std::uint16_t port) {
    constexpr std::uint8_t system_io = 1;
    constexpr std::uint8_t byte_access = 1;
    return u8(system_io).u8(8).u8(0).u8(byte_access).u64(port);
}

std::vector<std::byte> AcpiTable::finish() && {
    for (unsigned byte = 0; byte < 4; ++byte) {
        bytes_[length_at + byte] = static_cast<std::byte>(bytes_.size() >> (8 * byte));
    }
    bytes_[checksum_at] = std::byte{acpi_checksum(bytes_)};
    return std::move(bytes_);
}

AcpiTable& AcpiTable::number(std::uint64_t value, unsigned width) {
    for (unsigned byte = 0; byte < width; ++byte) {
        bytes_.push_back(static_cast<std::byte>(value >> (8 * byte)));
    }
    return *this;
}

} // namespace ktstr::machine::x86_64
