#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/qemu/memory_layout.hpp"

namespace ktstr::machine::qemu {

namespace {

constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;

MachineSpec
spec_of(std::uint64_t memory, const char* topology = "1n1l2c1t", std::uint64_t window = 256 * mib) {
    return {.topology = *Topology::parse(topology), .memory = memory, .window = window};
}

} // namespace

TEST(Model, IsTheSmallestThatCanDoIt) {
    EXPECT_EQ(model_for(*Topology::parse("1n8l4c2t")), Model::microvm);
    EXPECT_EQ(model_for(*Topology::parse("2n2l1c1t")), Model::q35);
    EXPECT_EQ(model_for(*Topology::parse("256")), Model::q35);
}

TEST(MemoryLayout, PutsTheWindowAboveTheKernelsMemory) {
    const auto layout = memory_layout(spec_of(512 * mib), 3 * mib + 1);
    ASSERT_THAT(layout, IsOk());
    EXPECT_EQ(layout->kernel_end, 512 * mib);
    EXPECT_EQ(layout->window_base, 512 * mib);
    EXPECT_EQ(layout->window_size, 256 * mib);
    EXPECT_EQ(layout->window_offset, 512 * mib);
    EXPECT_EQ(layout->total(),
              (512 + 256 + 2 + 4) * mib); // tables and initramfs on top of the window
}

TEST(MemoryLayout, SharesMemoryBetweenNodesAndGivesTheWindowToTheLast) {
    const auto layout = memory_layout(spec_of(500 * mib, "3n3l1c1t"), 0);
    ASSERT_THAT(layout, IsOk());
    EXPECT_EQ(layout->node_size,
              (std::vector<std::uint64_t>{166 * mib, 166 * mib, (168 + 256 + 2) * mib}));
    EXPECT_EQ(layout->window_base, 500 * mib);
    EXPECT_EQ(layout->window_offset, 168 * mib);
}

TEST(MemoryLayout, GoesOnAtFourGibAboveTheSplitOfMicrovm) {
    const auto layout = memory_layout(spec_of(4 * gib), mib);
    ASSERT_THAT(layout, IsOk());
    EXPECT_EQ(layout->kernel_end, 5 * gib);
    EXPECT_EQ(layout->window_base, 5 * gib);
    EXPECT_EQ(layout->window_offset, 4 * gib);
    EXPECT_EQ(layout->total(), 4 * gib + 259 * mib);
}

TEST(MemoryLayout, KnowsWhereThereIsRam) {
    const auto layout = memory_layout(spec_of(4 * gib), 0);
    ASSERT_THAT(layout, IsOk());
    const auto end = 4 * gib + layout->total() - 3 * gib;
    const auto none = std::optional<std::uint64_t>();
    EXPECT_EQ(layout->offset_in_ram(0, 3 * gib), 0U);
    EXPECT_EQ(layout->offset_in_ram(3 * gib - 1, 1), 3 * gib - 1);
    EXPECT_EQ(layout->offset_in_ram(3 * gib - 1, 2), none);
    EXPECT_EQ(layout->offset_in_ram(3 * gib, 1), none);
    EXPECT_EQ(layout->offset_in_ram(4 * gib, end - 4 * gib), 3 * gib);
    EXPECT_EQ(layout->offset_in_ram(end, 1), none);
    EXPECT_EQ(layout->offset_in_ram(~0ULL, 2), none);
    EXPECT_EQ(layout->offset_in_ram(0, ~0ULL), none);
}

TEST(MemoryLayout, NeverSplitsTheWindow) {
    const auto layout = memory_layout(spec_of(3 * gib - 100 * mib), 0);
    ASSERT_THAT(layout, IsOk());
    EXPECT_EQ(layout->kernel_end, 3 * gib - 100 * mib); // no more than was asked for
    EXPECT_EQ(layout->window_base, 4 * gib);
    EXPECT_EQ(layout->window_offset, 3 * gib);
}

TEST(MemoryLayout, KnowsTheTwoSplitsOfQ35) {
    const auto below = memory_layout(spec_of(2 * gib + 400 * mib, "2n2l1c1t"), 0);
    ASSERT_THAT(below, IsOk());
    EXPECT_EQ(below->window_base, 2 * gib + 400 * mib);
    const auto above = memory_layout(spec_of(2 * gib + 600 * mib, "2n2l1c1t"), 0);
    ASSERT_THAT(above, IsOk());
    EXPECT_EQ(above->kernel_end, 4 * gib + 600 * mib);
    EXPECT_EQ(above->window_base, 4 * gib + 600 * mib);
    EXPECT_EQ(above->window_offset, 2 * gib + 600 * mib - (gib + 300 * mib));
}

TEST(MemoryLayout, HoldsItsPromisesForEverySize) {
    for (const auto* const topology : {"1n1l2c1t", "2n2l1c1t", "4n4l2c1t"}) {
        const auto model = model_for(*Topology::parse(topology));
        for (auto memory = 128 * mib; memory < 6 * gib; memory += 32 * mib) {
            for (const auto window : {16 * mib, 256 * mib, 2 * gib}) {
                const auto layout = memory_layout(spec_of(memory, topology, window), 9 * mib);
                ASSERT_THAT(layout, IsOk());
                const auto split = model == Model::microvm          ? 3 * gib
                                   : layout->total() >= 0xb000'0000 ? 2 * gib
                                                                    : 0xb000'0000;
                const auto end = layout->window_base + layout->window_size;
                const auto in_ram = layout->window_base < 4 * gib
                                        ? layout->window_base
                                        : layout->window_base - 4 * gib + split;
                const auto usable = layout->kernel_end <= 4 * gib
                                        ? layout->kernel_end
                                        : layout->kernel_end - 4 * gib + split;
                EXPECT_EQ(usable, memory);
                EXPECT_GE(layout->window_base, layout->kernel_end);
                EXPECT_LE(in_ram + window + 11 * mib, layout->total());
                EXPECT_TRUE(end + 11 * mib <= std::min(split, layout->total()) ||
                            layout->window_base >= 4 * gib);
                EXPECT_EQ(in_ram - (layout->total() - layout->node_size.back()),
                          layout->window_offset);
            }
        }
    }
}

TEST(MemoryLayout, RefusesWhatCannotBe) {
    EXPECT_THAT(memory_layout(spec_of(64 * mib), 0), IsErrorWith("too little for a machine"));
    EXPECT_THAT(memory_layout(spec_of(128 * mib, "8n8l1c1t"), 0),
                IsErrorWith("too little for 8 NUMA nodes"));
    EXPECT_THAT(memory_layout(spec_of(2048 * gib), 0), IsErrorWith("more than a machine can have"));
    EXPECT_THAT(memory_layout(spec_of(512 * mib + 1), 0), IsErrorWith("whole MiB"));
    EXPECT_THAT(memory_layout(spec_of(512 * mib, "1", 8 * mib), 0), IsErrorWith("a window of 8"));
}

} // namespace ktstr::machine::qemu
