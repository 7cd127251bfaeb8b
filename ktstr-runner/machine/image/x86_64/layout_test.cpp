#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/image/x86_64/boot_params.hpp"
#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"
#include "ktstr-runner/machine/image/x86_64/processors.hpp"

#include <gmock/gmock.h>

#include <array>

namespace ktstr::machine::x86_64 {

namespace {

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;

MachineSpec spec_of(std::uint64_t memory, const char* topology = "2") {
    return {.topology = *Topology::parse(topology), .memory = memory, .window = 256 * mib};
}

std::vector<std::uint32_t> ids_of(const char* topology) {
    std::vector<std::uint32_t> ids;
    for (const auto& processor : processors(*Topology::parse(topology))) {
        ids.push_back(processor.apic_id);
    }
    return ids;
}

} // namespace

TEST(Processors, HaveAFieldForEachLevel) {
    EXPECT_EQ(ids_of("1n1l4c1t"), (std::vector<std::uint32_t>{0, 1, 2, 3}));
    EXPECT_EQ(ids_of("1n2l2c2t"), (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
    // Three cores take two bits.
    EXPECT_EQ(ids_of("1n2l3c1t"), (std::vector<std::uint32_t>{0, 1, 2, 4, 5, 6}));
    EXPECT_EQ(ids_of("1n3l1c2t"), (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(ids_of("1n14l18c1t").back(), 13U << 5 | 17);
}

TEST(Processors, AreSpreadOverNodesByLlc) {
    const auto all = processors(*Topology::parse("2n4l2c1t"));
    ASSERT_EQ(all.size(), 8U);
    EXPECT_EQ(all[3].node, 0U);
    EXPECT_EQ(all[4].node, 1U);
}

TEST(MemoryMap, IsOnePieceBelowTheHole) {
    const auto map = memory_map(spec_of(512 * mib));
    ASSERT_THAT(map, IsOk());
    EXPECT_EQ(map->ram,
              (std::vector<Range>{
                  {0, 512 * mib}
    }));
    EXPECT_EQ(map->window, (Range{512 * mib, 256 * mib}));
    EXPECT_EQ(map->ram_size(), 512 * mib);
}

TEST(MemoryMap, TheWindowKeepsOutOfTheHole) {
    const auto map = memory_map(spec_of(2900 * mib));
    ASSERT_THAT(map, IsOk());
    EXPECT_EQ(map->window, (Range{4 * gib, 256 * mib}));
}

TEST(MemoryMap, GoesAroundTheHole) {
    const auto map = memory_map(spec_of(4 * gib));
    ASSERT_THAT(map, IsOk());
    EXPECT_EQ(map->ram,
              (std::vector<Range>{
                  {0,       3 * gib},
                  {4 * gib, gib    }
    }));
    EXPECT_EQ(map->window, (Range{5 * gib, 256 * mib}));
    EXPECT_EQ(map->ram_size(), 4 * gib);
}

TEST(MemoryMap, GivesEachNodeItsShare) {
    const auto map = memory_map(spec_of(4 * gib, "2n2l1c1t"));
    ASSERT_THAT(map, IsOk());
    EXPECT_EQ(map->nodes,
              (std::vector<NodeRange>{
                  {{0, 2 * gib},   0},
                  {{2 * gib, gib}, 1},
                  {{4 * gib, gib}, 1},
    }));
}

TEST(MemoryMap, RefusesWhatNoMachineHas) {
    EXPECT_THAT(memory_map(spec_of(16 * mib)), IsErrorWith("is too little for a machine"));
}

TEST(BootParams, TellMemoryAndWhereThingsAre) {
    const auto map = *memory_map(spec_of(4 * gib));
    const auto page = zero_page(map, {}, {0x1000'0000, 0x1234}); // packed: a plus makes a copy
    EXPECT_EQ(+page.hdr.header, 0x5372'6448U);
    EXPECT_EQ(+page.hdr.cmd_line_ptr, low::command_line);
    EXPECT_EQ(+page.hdr.ramdisk_image, 0x1000'0000U);
    EXPECT_EQ(+page.hdr.ramdisk_size, 0x1234U);
    EXPECT_EQ(+page.acpi_rsdp_addr, acpi_base);
    ASSERT_EQ(+page.e820_entries, 4);
    const auto entry = [&page](int i) {
        return std::array<std::uint64_t, 3>{
            page.e820_table[i].addr, page.e820_table[i].size, page.e820_table[i].type};
    };
    EXPECT_EQ(entry(0), (std::array<std::uint64_t, 3>{0, 0x9fc00, 1}));
    EXPECT_EQ(entry(1), (std::array<std::uint64_t, 3>{0xe0000, 0x20000, 2}));
    EXPECT_EQ(entry(2), (std::array<std::uint64_t, 3>{mib, 3 * gib - mib, 1}));
    EXPECT_EQ(entry(3), (std::array<std::uint64_t, 3>{4 * gib, gib, 1}));
}

TEST(BootParams, TakeABzimagesHeaderAsItIs) {
    std::array<std::byte, 32> header{};
    header[0] = std::byte{27}; // setup_sects
    EXPECT_EQ(zero_page(*memory_map(spec_of(512 * mib)), header, {}).hdr.setup_sects, 27);
}

TEST(BootParams, PlaceTheInitramfsHighAndOnAPage) {
    const auto small = *memory_map(spec_of(512 * mib));
    EXPECT_EQ(*place_initramfs(small, 64 * mib, 5000), (Range{512 * mib - 8192, 5000}));
    const auto large = *memory_map(spec_of(4 * gib));
    EXPECT_EQ(place_initramfs(large, 64 * mib, mib)->end(), 2 * gib);
    EXPECT_THAT(place_initramfs(small, 64 * mib, 449 * mib),
                IsErrorWith("has no place beside the kernel"));
    EXPECT_THAT(place_initramfs(small, 64 * mib, 600 * mib),
                IsErrorWith("has no place beside the kernel"));
}

} // namespace ktstr::machine::x86_64
