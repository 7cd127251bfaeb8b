#include "ktstr-runner/machine/kvm/x86_64/cache_leaves.hpp"

#include <algorithm>
#include <array>

namespace ktstr::machine::kvm::x86_64 {

namespace {

constexpr std::uint32_t unified = 3; // data and instructions
constexpr std::uint32_t line = 64;   // bytes, of every cache here

struct Cache {
    std::uint32_t type; // 1 data, 2 instructions, or unified
    std::uint32_t level;
    std::uint32_t ways;
    std::uint32_t sets;
};

// For hosts that say nothing, as under emulation.
constexpr std::array common{
    Cache{1, 1, 8,  64   }, //  32 KiB
    Cache{2, 1, 8,  64   }, //  32 KiB
    Cache{3, 2, 8,  1024 }, // 512 KiB
    Cache{3, 3, 16, 16384}, //  16 MiB
};

std::uint32_t level_of(const kvm_cpuid_entry2& entry) {
    return entry.eax >> 5 & 7;
}

kvm_cpuid_entry2 entry_of(const Cache& cache) {
    return {.function = 0,
            .eax = cache.type | cache.level << 5 | 1U << 8, // initialises itself
            .ebx = (line - 1) | (cache.ways - 1) << 22,
            .ecx = cache.sets - 1,
            .edx = 0};
}

} // namespace

std::vector<kvm_cpuid_entry2> cache_leaves(std::uint32_t leaf,
                                           std::span<const kvm_cpuid_entry2> host,
                                           const machine::x86_64::ApicFields& fields) {
    std::vector<kvm_cpuid_entry2> out;
    for (const auto& entry : host) {
        if ((entry.eax & 0x1f) != 0 && level_of(entry) <= 3) {
            out.push_back(entry);
        }
    }
    const auto described = std::span(out).size();
    for (const auto& cache : common) {
        const auto there = [&](const kvm_cpuid_entry2& entry) {
            const auto type = entry.eax & 0x1f;
            return level_of(entry) == cache.level && (type == cache.type || type == unified);
        };
        if (std::none_of(
                out.begin(), out.begin() + static_cast<std::ptrdiff_t>(described), there)) {
            out.push_back(entry_of(cache));
        }
    }
    std::uint32_t index = 0;
    for (auto& entry : out) {
        const auto sharing_bits = level_of(entry) == 3 ? fields.llc_shift() : fields.thread_bits;
        entry.function = leaf;
        entry.index = index++;
        entry.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
        entry.eax &= 0x3fff;
        entry.eax |= ((1U << sharing_bits) - 1) << 14;
        if (leaf == intel_cache_leaf) {
            entry.eax |= ((1U << fields.core_bits) - 1) << 26;
        }
    }
    out.push_back(
        {.function = leaf, .index = index, .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX, .eax = 0});
    return out;
}

} // namespace ktstr::machine::kvm::x86_64
