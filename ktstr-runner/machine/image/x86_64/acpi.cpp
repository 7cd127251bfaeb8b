#include "ktstr-runner/machine/image/x86_64/acpi.hpp"

#include "ktstr-runner/machine/image/x86_64/acpi_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <vector>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::size_t rsdp_size = 36;

// The root pointer: section 5.2.5.3. Its first checksum is over the 20 bytes that ACPI 1.0 knew.
Table rsdp(std::uint64_t xsdt) {
    constexpr std::string_view head("RSD PTR \0KTSTR \2", 16); // signature, checksum, OEM, revision
    constexpr std::size_t old_size = 20;
    constexpr std::size_t old_checksum_at = 8;
    constexpr std::size_t length_at = 20;
    constexpr std::size_t xsdt_at = 24;
    constexpr std::size_t checksum_at = 32;
    Table out(rsdp_size);
    std::memcpy(out.data(), head.data(), head.size());
    const auto length = static_cast<std::uint32_t>(rsdp_size);
    std::memcpy(out.data() + length_at, &length, sizeof length);
    std::memcpy(out.data() + xsdt_at, &xsdt, sizeof xsdt);
    out[old_checksum_at] = std::byte{acpi_checksum(std::span(out).first(old_size))};
    out[checksum_at] = std::byte{acpi_checksum(out)};
    return out;
}

unsigned count_nodes(std::span<const Processor> processors, std::span<const NodeRange> memory) {
    unsigned last = 0;
    for (const auto& processor : processors) {
        last = std::max(last, processor.node);
    }
    for (const auto& range : memory) {
        last = std::max(last, range.node);
    }
    return last + 1;
}

} // namespace

// Section 5.2.9. The registers of a machine that is not hardware-reduced stay zero.
Table fadt(std::uint64_t dsdt) {
    constexpr std::uint16_t boot_architecture = 1U << 2 | 1U << 5; // no VGA, no CMOS clock
    constexpr std::uint32_t flags = 1U << 0                        // WBINVD works
                                    | 1U << 10                     // there is a reset register
                                    | 1U << 20;                    // hardware-reduced
    AcpiTable table("FACP", 6);
    table.u32(0).u32(static_cast<std::uint32_t>(dsdt)).zeros(1).u8(0).u16(0);
    table.zeros(61).u16(boot_architecture).zeros(1).u32(flags);
    table.io_register(ports::reset).u8(reset_value).u16(0).u8(5);
    table.u64(0).u64(dsdt).zeros(8 * std::size_t{12});
    table.io_register(ports::sleep_control).io_register(ports::sleep_status).u64(0);
    return std::move(table).finish();
}

// Section 5.2.12. APIC ids from 255 on need the x2APIC's entries.
Table madt(std::span<const Processor> processors) {
    constexpr std::uint32_t local_apic = 0xfee0'0000;
    constexpr std::uint32_t enabled = 1;
    AcpiTable table("APIC", 5);
    table.u32(local_apic).u32(0);
    for (std::uint32_t uid = 0; uid < processors.size(); ++uid) {
        const auto id = processors[uid].apic_id;
        if (id < 255) {
            table.u8(0).u8(8).u8(static_cast<std::uint8_t>(uid)).u8(static_cast<std::uint8_t>(id));
            table.u32(enabled);
        } else {
            table.u8(9).u8(16).u16(0).u32(id).u32(enabled).u32(uid);
        }
    }
    table.u8(4).u8(6).u8(0xff).u16(0).u8(1); // NMI at LINT1 of every CPU
    return std::move(table).finish();
}

// Section 5.2.16.
Table srat(std::span<const Processor> processors, std::span<const NodeRange> memory) {
    constexpr std::uint32_t enabled = 1;
    AcpiTable table("SRAT", 3);
    table.u32(1).u64(0);
    for (const auto& processor : processors) {
        if (processor.apic_id < 255) {
            table.u8(0).u8(16).u8(static_cast<std::uint8_t>(processor.node));
            table.u8(static_cast<std::uint8_t>(processor.apic_id)).u32(enabled).zeros(8);
        } else {
            table.u8(2).u8(24).u16(0).u32(processor.node).u32(processor.apic_id);
            table.u32(enabled).u32(0).u32(0);
        }
    }
    for (const auto& range : memory) {
        table.u8(1).u8(40).u32(range.node).u16(0).u64(range.base).u64(range.size);
        table.u32(0).u32(enabled).u64(0);
    }
    return std::move(table).finish();
}

// Section 5.2.17: how far from one node to the other.
Table slit(unsigned nodes) {
    constexpr std::uint8_t local = 10;
    constexpr std::uint8_t remote = 20;
    AcpiTable table("SLIT", 1);
    table.u64(nodes);
    for (unsigned from = 0; from < nodes; ++from) {
        for (unsigned to = 0; to < nodes; ++to) {
            table.u8(from == to ? local : remote);
        }
    }
    return std::move(table).finish();
}

// Section 5.2.28: what memory costs from where. DRAM, the remote one at the SLIT's ratio; a node
// without processors is memory behind a CXL link.
Table hmat(std::span<const unsigned> with_processors, unsigned nodes) {
    struct Measure {
        std::uint8_t type;
        std::uint64_t unit;
        std::uint16_t local;
        std::uint16_t remote;
        std::uint16_t linked;
    };

    constexpr std::array measures{
        Measure{0, 1000, 100, 200, 300}, // access latency; picoseconds
        Measure{3, 1000, 50,  25,  20 }, // access bandwidth; MB/s
    };
    const auto has_processors = [with_processors](unsigned node) {
        return std::ranges::find(with_processors, node) != with_processors.end();
    };
    const auto from_count = static_cast<unsigned>(with_processors.size());
    AcpiTable table("HMAT", 2);
    table.u32(0);
    for (unsigned node = 0; node < nodes; ++node) {
        const bool own = has_processors(node); // else no initiator is named
        table.u16(0).u16(0).u32(40).u16(own ? 1 : 0).u16(0).u32(own ? node : 0).u32(node);
        table.u32(0).u64(0).u64(0);
    }
    for (const auto& measure : measures) {
        table.u16(1).u16(0).u32(32 + 4 * (from_count + nodes) + 2 * from_count * nodes);
        table.u8(0).u8(measure.type).u8(0).u8(0).u32(from_count).u32(nodes).u32(0);
        table.u64(measure.unit);
        for (const auto initiator : with_processors) {
            table.u32(initiator);
        }
        for (unsigned target = 0; target < nodes; ++target) {
            table.u32(target);
        }
        for (const auto from : with_processors) {
            for (unsigned to = 0; to < nodes; ++to) {
                table.u16(!has_processors(to) ? measure.linked
                          : from == to        ? measure.local
                                              : measure.remote);
            }
        }
    }
    return std::move(table).finish();
}

// In AML (section 20): the sleep type of "off", and the console, which has no interrupt.
Table dsdt() {
    static_assert(sleep_type_off == 5 && ports::uart == 0x3f8);
    constexpr auto code = std::to_array<std::uint8_t>({
        0x08, '_',  'S',  '5',  '_',  0x12, 0x07, 0x04,
        0x0a, 0x05, 0x00,                        // Name (_S5_, Package (4) {5, 0,
        0x00, 0x00,                              //   0, 0})
        0x10, 0x30, 0x5c, '_',  'S',  'B',  '_', // Scope (\_SB_) {
        0x5b, 0x82, 0x28, 'C',  'O',  'M',  '1', //   Device (COM1) {
        0x08, '_',  'H',  'I',  'D',  0x0c, 0x41, 0xd0,
        0x05, 0x01,                         //     Name (_HID, EISAID ("PNP0501"))
        0x08, '_',  'U',  'I',  'D',  0x00, //     Name (_UID, Zero)
        0x08, '_',  'C',  'R',  'S',  0x11, 0x0d, 0x0a,
        0x0a,                                           //     Name (_CRS, ResourceTemplate () {
        0x47, 0x01, 0xf8, 0x03, 0xf8, 0x03, 0x01, 0x08, //       IO (Decode16, 0x3f8, 0x3f8, 1, 8)
        0x79, 0x00,                                     //     })}}
    });
    AcpiTable table("DSDT", 2);
    table.bytes(code);
    return std::move(table).finish();
}

Result<Table> acpi_tables(std::span<const Processor> processors,
                          std::span<const NodeRange> memory,
                          std::uint64_t base,
                          std::uint64_t capacity) {
    constexpr std::size_t alignment = 16;
    Table out(rsdp_size);
    const auto place = [&out, base](const Table& table) {
        out.resize((out.size() + alignment - 1) / alignment * alignment);
        const auto at = base + out.size();
        out.insert(out.end(), table.begin(), table.end());
        return at;
    };
    std::vector<std::uint64_t> listed{place(fadt(place(dsdt()))), place(madt(processors))};
    if (const auto nodes = count_nodes(processors, memory); nodes > 1) {
        listed.push_back(place(srat(processors, memory)));
        listed.push_back(place(slit(nodes)));
        std::set<unsigned> with_processors;
        for (const auto& processor : processors) {
            with_processors.insert(processor.node);
        }
        listed.push_back(
            place(hmat(std::vector(with_processors.begin(), with_processors.end()), nodes)));
    }
    AcpiTable xsdt("XSDT", 1);
    for (const auto address : listed) {
        xsdt.u64(address);
    }
    const auto root = rsdp(place(std::move(xsdt).finish()));
    std::ranges::copy(root, out.begin());
    if (out.size() > capacity) {
        return fail(ErrorKind::usage,
                    fmt::format("the tables of {} CPUs take {} bytes, {} is the most",
                                processors.size(),
                                out.size(),
                                capacity));
    }
    return out;
}

} // namespace ktstr::machine::x86_64
