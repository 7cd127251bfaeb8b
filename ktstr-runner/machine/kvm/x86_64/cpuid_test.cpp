#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/kvm/x86_64/cache_leaves.hpp"
#include "ktstr-runner/machine/kvm/x86_64/cpuid.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>

namespace ktstr::machine::kvm::x86_64 {

namespace {

// A host of that vendor which supports all that is looked at, with no cache of its own but an L3 of
// 8 ways.
CpuidEntries host(bool amd) {
    CpuidEntries entries{
        {.function = 0, .eax = 0x1f, .ebx = amd ? 0x6874'7541U : 0x756e'6547U},
        {.function = 1, .ebx = 0xffff'0000, .ecx = 1U << 5, .edx = 0},
        {.function = 0xa, .eax = 0x0830'0805, .edx = 5},
        {.function = 0xb, .edx = 99},
        {.function = 0x15},
        {.function = 0x4000'0000, .eax = 0x4000'0001},
        {.function = 0x4000'0001, .eax = 0x0100'7efb},
        {.function = 0x8000'0000, .eax = 0x8000'0008},
        {.function = 0x8000'0001, .ecx = 1U << 2 | 1U << 23},
        {.function = 0x8000'0008, .ecx = 0xffff},
    };
    entries.push_back({.function = amd ? amd_cache_leaf : intel_cache_leaf,
                       .index = 0,
                       .eax = 3 | 3 << 5 | 0x3ffU << 14,
                       .ebx = 7U << 22,
                       .ecx = 1023});
    return entries;
}

struct Case {
    explicit Case(const char* text, std::size_t cpu = 0, bool amd = false)
        : topology(*Topology::parse(text)),
          entries(cpuid_for(host(amd),
                            topology,
                            machine::x86_64::processors(topology).at(cpu),
                            2'596'000,
                            false)) {}

    std::optional<kvm_cpuid_entry2> find(std::uint32_t leaf, std::uint32_t index = 0) const {
        for (const auto& entry : entries) {
            if (entry.function == leaf && entry.index == index) {
                return entry;
            }
        }
        return std::nullopt;
    }

    Topology topology;
    CpuidEntries entries;
};

unsigned bits(std::uint32_t word, unsigned high, unsigned low) {
    return word >> low & ((1U << (high - low + 1)) - 1);
}

} // namespace

TEST(Cpuid, SaysWhichCpuItIs) {
    const Case c("1n2l2c2t", 7);
    const auto one = *c.find(1);
    EXPECT_EQ(bits(one.ebx, 31, 24), 7U);
    EXPECT_EQ(bits(one.ebx, 23, 16), 4U); // in the package
    EXPECT_EQ(bits(one.edx, 28, 28), 1U);
    EXPECT_EQ(bits(Case("1n2l1c1t").find(1)->edx, 28, 28), 0U);
}

TEST(Cpuid, HintsAtRealTimeWhereItIs) {
    const auto topology = *Topology::parse("1n1l1c1t");
    for (const bool real_time : {false, true}) {
        auto supported = host(false);
        std::ranges::find(supported, 0x4000'0001U, &kvm_cpuid_entry2::function)->edx = ~0U;
        const auto entries = cpuid_for(
            supported, topology, machine::x86_64::processors(topology).front(), 0, real_time);
        const auto features = std::ranges::find(entries, 0x4000'0001U, &kvm_cpuid_entry2::function);
        EXPECT_EQ(features->edx, real_time ? 1U : 0U);
    }
}

TEST(Cpuid, ShiftsApicIdsByLevel) {
    const Case c("1n2l3c2t", 11);
    for (const std::uint32_t leaf : {0xbU, 0x1fU}) {
        const auto smt = *c.find(leaf, 0);
        EXPECT_EQ(smt.eax, 1U);
        EXPECT_EQ(smt.ebx, 2U);
        EXPECT_EQ(smt.ecx, 0x100U);
        EXPECT_EQ(smt.edx, 13U); // llc 1, core 2, thread 1
        const auto core = *c.find(leaf, 1);
        EXPECT_EQ(core.eax, 3U); // three cores take two bits
        EXPECT_EQ(core.ebx, 6U);
        EXPECT_EQ(core.ecx, 0x201U);
        EXPECT_EQ(c.find(leaf, 2)->ecx, 2U);
    }
}

TEST(Cpuid, DescribesTheTopologyTheAmdWay) {
    const Case c("1n2l3c2t", 9, true);
    EXPECT_EQ(bits(c.find(0x8000'0001)->ecx, 1, 1), 1U);
    EXPECT_EQ(bits(c.find(0x8000'0001)->ecx, 22, 22), 1U);
    EXPECT_EQ(bits(c.find(0x8000'0008)->ecx, 7, 0), 5U);
    EXPECT_EQ(bits(c.find(0x8000'0008)->ecx, 15, 12), 3U);
    const auto identity = *c.find(0x8000'001e);
    EXPECT_EQ(identity.eax, 11U); // llc 1, core 1, thread 1
    EXPECT_EQ(bits(identity.ebx, 7, 0), 1U);
    EXPECT_EQ(bits(identity.ebx, 15, 8), 1U);
    EXPECT_EQ(c.find(0x8000'0000)->eax, 0x8000'001eU);
    EXPECT_FALSE(Case("2").find(0x8000'001e).has_value()); // an Intel host has none
}

TEST(Cpuid, CachesAreSharedAsAskedFor) {
    for (const bool amd : {false, true}) {
        const Case c("1n2l4c2t", 0, amd);
        const auto leaf = amd ? amd_cache_leaf : intel_cache_leaf;
        unsigned count = 0;
        for (; bits(c.find(leaf, count)->eax, 4, 0) != 0; ++count) {
            const auto cache = *c.find(leaf, count);
            const auto l3 = bits(cache.eax, 7, 5) == 3;
            EXPECT_EQ(bits(cache.eax, 25, 14), l3 ? 7U : 1U);
            EXPECT_EQ(bits(cache.eax, 31, 26), amd ? 0U : 3U);
            if (l3) {
                EXPECT_EQ(bits(cache.ebx, 31, 22), 7U); // the host's own
                EXPECT_EQ(cache.ecx, 1023U);
            }
        }
        EXPECT_EQ(count, 4U); // L1 for data and instructions, L2, L3
    }
}

TEST(Cpuid, OffersNoCountersAndNoMachines) {
    const Case c("2", 0, true);
    EXPECT_EQ(c.find(0xa)->eax, 0U);
    EXPECT_EQ(c.find(0x8000'0001)->ecx & (1U << 2 | 1U << 23), 0U);
    EXPECT_EQ(c.find(1)->ecx & 1U << 5, 0U);
}

TEST(Cpuid, TellsTheTscsRate) {
    const Case c("2");
    EXPECT_EQ(c.find(0x4000'0010)->eax, 2'596'000U);
    EXPECT_EQ(c.find(0x4000'0000)->eax, 0x4000'0010U);
    EXPECT_EQ(c.find(0x15)->ecx, 2'596'000'000U);
    EXPECT_EQ(c.find(1)->ecx >> 24 & 1, 1U); // the deadline timer
}

TEST(Cpuid, AsksForNoAsynchronousPageFaults) {
    const auto features = Case("2").find(0x4000'0001)->eax;
    EXPECT_EQ(features & (1U << 4 | 1U << 10 | 1U << 14), 0U);
    EXPECT_EQ(features >> 15 & 1, 1U); // destinations of 15 bits
}

TEST(CacheLeaves, OfAHostThatSaysNothingAreCommonOnes) {
    const machine::x86_64::ApicFields fields(*Topology::parse("1n1l2c1t"));
    const auto leaves = cache_leaves(intel_cache_leaf, {}, fields);
    ASSERT_EQ(leaves.size(), 5U);
    EXPECT_EQ(bits(leaves[3].eax, 7, 5), 3U);
    EXPECT_EQ((bits(leaves[3].ebx, 31, 22) + 1) * 64 * (leaves[3].ecx + 1), 16U << 20);
    EXPECT_EQ(leaves[4].eax, 0U);
}

TEST(Cpuid, RefusesLlcsThatTheHostsKernelCodeWouldMisread) {
    const auto check = [](bool amd, std::uint32_t signature, const char* topology) {
        auto entries = host(amd);
        entries[1].eax = signature;
        return check_topology(entries, *Topology::parse(topology));
    };
    constexpr std::uint32_t zen_1 = 0x0080'0f12;
    constexpr std::uint32_t zen_2 = 0x0083'0f10;
    EXPECT_THAT(check(true, zen_1, "1n2l2c1t"), IsErrorWith("takes 8 CPUs for an LLC, not the 2"));
    EXPECT_THAT(check(true, zen_1, "1n2l4c2t"), IsOk());
    EXPECT_THAT(check(true, zen_1, "1n1l2c1t"), IsOk());
    EXPECT_THAT(check(true, zen_2, "1n2l2c1t"), IsOk());
    EXPECT_THAT(check(false, zen_1, "1n2l2c1t"), IsOk());
}

} // namespace ktstr::machine::kvm::x86_64
