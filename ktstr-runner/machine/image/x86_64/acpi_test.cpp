// Every table byte by byte, as the specification's offsets have it; acpi_iasl_test.cpp lets another
// program read them.
#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi_table.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cstring>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::size_t header_size = 36;

Table bytes(std::initializer_list<int> values) {
    Table out;
    for (const int value : values) {
        out.push_back(static_cast<std::byte>(value));
    }
    return out;
}

Table body_of(const Table& table) {
    return {table.begin() + header_size, table.end()};
}

std::string signature_of(const Table& table) {
    return {reinterpret_cast<const char*>(table.data()), 4};
}

template <class T> T at(std::span<const std::byte> bytes, std::size_t offset) {
    T value{};
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

const std::vector<Processor> two{
    {.apic_id = 0,   .node = 0},
    {.apic_id = 300, .node = 1},
};

} // namespace

TEST(AcpiTable, HasAHeaderWithLengthAndChecksum) {
    AcpiTable table("TEST", 7);
    const auto made = std::move(table.u16(0x1234)).finish();
    EXPECT_EQ(made,
              bytes({'T', 'E',  'S', 'T', 38,
                     0,   0,    0,   7,   made.size() == 38 ? std::to_integer<int>(made[9]) : -1,
                     'K', 'T',  'S', 'T', 'R',
                     ' ', 'K',  'T', 'S', 'T',
                     'R', 'V',  'M', ' ', 1,
                     0,   0,    0,   'K', 'T',
                     'S', 'T',  1,   0,   0,
                     0,   0x34, 0x12}));
    EXPECT_EQ(acpi_checksum(made), 0);
}

TEST(Acpi, MadtNamesEachCpuByItsApicId) {
    const auto table = madt(two);
    EXPECT_EQ(signature_of(table), "APIC");
    EXPECT_EQ(
        body_of(table),
        bytes({
            0x00, 0x00, 0xe0, 0xfe, 0,    0, 0, 0, // the local APICs, no flags
            0,    8,    0,    0,    1,    0, 0, 0, // CPU 0, enabled
            9,    16,   0,    0,    0x2c, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, // CPU 1: an x2APIC's id
            4,    6,    0xff, 0,    0,    1, // NMI of all CPUs at LINT1
        }));
}

TEST(Acpi, SratPutsCpusAndMemoryIntoNodes) {
    const std::array memory{
        NodeRange{{0, 0x1000'0000},             0},
        NodeRange{{0x1'0000'0000, 0x2000'0000}, 1},
    };
    EXPECT_EQ(body_of(srat(two, memory)),
              bytes({
                  1, 0,  0, 0,    0, 0, 0, 0, 0,    0, 0, 0,             // reserved
                  0, 16, 0, 0,    1, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, // CPU 0 in node 0
                  2, 24, 0, 0,    1, 0, 0, 0, 0x2c, 1, 0, 0, 1, 0, 0, 0,
                  0, 0,  0, 0,    0, 0, 0, 0, // CPU 1 in node 1
                  1, 40, 0, 0,    0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0,
                  0, 0,  0, 0x10, 0, 0, 0, 0,                            // 256 MiB at 0
                  0, 0,  0, 0,    1, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, //
                  1, 40, 1, 0,    0, 0, 0, 0, 0,    0, 0, 0, 1, 0, 0, 0,
                  0, 0,  0, 0x20, 0, 0, 0, 0,                            // 512 MiB at 4 GiB
                  0, 0,  0, 0,    1, 0, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0, //
              }));
}

TEST(Acpi, SlitSaysHowFarNodesAre) {
    EXPECT_EQ(body_of(slit(2)), bytes({2, 0, 0, 0, 0, 0, 0, 0, 10, 20, 20, 10}));
}

TEST(Acpi, HmatGivesLatencyAndBandwidth) {
    const auto body = body_of(hmat(std::array{0U, 1U}, 2));
    constexpr std::size_t domain = 40;
    constexpr std::size_t measure = 32 + 8 * 2 + 2 * 4;
    ASSERT_EQ(body.size(), 4 + 2 * domain + 2 * measure);
    EXPECT_EQ(Table(body.begin() + 4, body.begin() + 4 + 24),
              bytes({0, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    const auto latency = std::span(body).subspan(4 + 2 * domain, measure);
    EXPECT_EQ(at<std::uint16_t>(latency, 0), 1);
    EXPECT_EQ(at<std::uint32_t>(latency, 4), measure);
    EXPECT_EQ(at<std::uint8_t>(latency, 9), 0);       // access latency
    EXPECT_EQ(at<std::uint64_t>(latency, 24), 1000U); // in ns
    EXPECT_EQ(Table(latency.begin() + 48, latency.end()), bytes({100, 0, 200, 0, 200, 0, 100, 0}));
    const auto bandwidth = std::span(body).subspan(4 + 2 * domain + measure);
    EXPECT_EQ(at<std::uint8_t>(bandwidth, 9), 3); // access bandwidth
    EXPECT_EQ(Table(bandwidth.begin() + 48, bandwidth.end()), bytes({50, 0, 25, 0, 25, 0, 50, 0}));
}

TEST(Acpi, HmatOfANodeWithoutProcessorsNamesNoInitiator) {
    const auto body = body_of(hmat(std::array{1U}, 2)); // node 0 is memory alone
    constexpr std::size_t domain = 40;
    constexpr std::size_t measure = 32 + 4 * 3 + 2 * 2;
    ASSERT_EQ(body.size(), 4 + 2 * domain + 2 * measure);
    EXPECT_EQ(at<std::uint16_t>(body, 4 + 8), 0);          // flags of node 0
    EXPECT_EQ(at<std::uint16_t>(body, 4 + domain + 8), 1); // and of node 1
    EXPECT_EQ(at<std::uint32_t>(body, 4 + domain + 12), 1U);
    const auto latency = std::span(body).subspan(4 + 2 * domain, measure);
    EXPECT_EQ(at<std::uint32_t>(latency, 12), 1U); // initiators
    EXPECT_EQ(at<std::uint32_t>(latency, 16), 2U); // targets
    EXPECT_EQ(Table(latency.begin() + 32, latency.end()),
              bytes({1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x2c, 1, 100, 0}));
}

TEST(Acpi, FadtIsOfAReducedMachine) {
    const auto table = fadt(0x1234'5670);
    EXPECT_EQ(signature_of(table), "FACP");
    ASSERT_EQ(table.size(), 276U);
    EXPECT_EQ(at<std::uint32_t>(table, 40), 0x1234'5670U);     // DSDT
    EXPECT_EQ(at<std::uint16_t>(table, 109), 0x24);            // no VGA, no CMOS clock
    EXPECT_EQ(at<std::uint32_t>(table, 112), 0x0010'0401U);    // flags
    EXPECT_EQ(Table(table.begin() + 116, table.begin() + 129), // reset register and value
              bytes({1, 8, 0, 1, 0x02, 0x06, 0, 0, 0, 0, 0, 0, 1}));
    EXPECT_EQ(at<std::uint64_t>(table, 140), 0x1234'5670U); // X_DSDT
    EXPECT_EQ(Table(table.begin() + 148, table.begin() + 244),
              Table(96));                                      // nothing of a full machine
    EXPECT_EQ(Table(table.begin() + 244, table.begin() + 256), // sleep control
              bytes({1, 8, 0, 1, 0x00, 0x06, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(Table(table.begin() + 256, table.begin() + 268), // sleep status
              bytes({1, 8, 0, 1, 0x01, 0x06, 0, 0, 0, 0, 0, 0}));
}

class AcpiRoot : public testing::TestWithParam<const char*> {};

TEST_P(AcpiRoot, PointsToAllTables) {
    const auto topology = *Topology::parse(GetParam());
    std::vector<NodeRange> memory;
    for (unsigned node = 0; node < topology.nodes; ++node) {
        memory.push_back({
            {std::uint64_t{node} << 28, 1 << 28},
            node
        });
    }
    const auto made = acpi_tables(processors(topology), memory, 0xe0000, 0x20000);
    ASSERT_THAT(made, IsOk());
    const std::span<const std::byte> all(*made);
    EXPECT_EQ(std::memcmp(all.data(), "RSD PTR ", 8), 0);
    EXPECT_EQ(at<std::uint8_t>(all, 15), 2); // revision
    EXPECT_EQ(acpi_checksum(all.first(20)), 0);
    EXPECT_EQ(acpi_checksum(all.first(36)), 0);
    const auto table_at = [&all](std::uint64_t address) {
        const auto offset = address - 0xe0000;
        return all.subspan(offset, at<std::uint32_t>(all, offset + 4));
    };
    const auto xsdt = table_at(at<std::uint64_t>(all, 24));
    std::vector<std::string> names;
    for (std::size_t entry = header_size; entry < xsdt.size(); entry += 8) {
        const auto table = table_at(at<std::uint64_t>(xsdt, entry));
        EXPECT_EQ(acpi_checksum(table), 0);
        names.emplace_back(reinterpret_cast<const char*>(table.data()), 4);
    }
    EXPECT_THAT(names, testing::ElementsAre("FACP", "APIC", "SRAT", "SLIT", "HMAT"));
    EXPECT_EQ(
        std::memcmp(
            table_at(at<std::uint64_t>(table_at(at<std::uint64_t>(xsdt, header_size)), 140)).data(),
            "DSDT",
            4),
        0);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    AcpiRoot,
    testing::Values("2n2l1c1t", "2n8l8c1t", "4n8l16c2t", "8n64l16c1t", "3n2+1+0l2c1t"),
    [](const auto& shape) {
        std::string name(shape.param);
        std::ranges::replace(name, '+', '_');
        return name;
    });

TEST(Acpi, OneNodeNeedsNoTablesOfNodes) {
    const std::array memory{
        NodeRange{{0, 1 << 28}, 0}
    };
    const auto made = acpi_tables(processors(*Topology::parse("2")), memory);
    ASSERT_THAT(made, IsOk());
    const std::string text(reinterpret_cast<const char*>(made->data()), made->size());
    EXPECT_EQ(text.find("SRAT"), std::string::npos);
}

TEST(Acpi, TablesThatDoNotFitAreRefused) {
    EXPECT_THAT(acpi_tables(processors(*Topology::parse("64")), {}, 0xe0000, 512),
                IsErrorWith("the tables of 64 CPUs take"));
}

} // namespace ktstr::machine::x86_64
