#include "ktstr-runner/machine/kvm/x86_64/cpuid.hpp"

#include "ktstr-runner/machine/kvm/x86_64/cache_leaves.hpp"

#include <fmt/format.h>

#include <linux/kvm_para.h>

#include <algorithm>

namespace ktstr::machine::kvm::x86_64 {

namespace {

using machine::x86_64::ApicFields;
using machine::x86_64::Processor;

constexpr std::uint32_t amd_vendor = 0x6874'7541;   // "Auth", of AuthenticAMD
constexpr std::uint32_t hygon_vendor = 0x6f67'7948; // "Hygo", of HygonGenuine

constexpr std::uint32_t bit(unsigned number) {
    return 1U << number;
}

// Puts `value` into `width` bits of `word` from `low` on.
void put(std::uint32_t& word, unsigned low, unsigned width, std::uint32_t value) {
    const auto mask = (width == 32 ? ~0U : bit(width) - 1) << low;
    word = (word & ~mask) | (value << low & mask);
}

class Cpuid final {
public:
    Cpuid(std::span<const kvm_cpuid_entry2> supported,
          const Topology& topology,
          const Processor& processor)
        : entries_(supported.begin(), supported.end()), topology_(topology), fields_(topology),
          processor_(processor) {}

    void identify();
    void no_performance_counters();
    void no_virtualisation();
    void extended_topology(std::uint32_t leaf);
    void amd_topology();
    void caches();
    void paravirtual(std::uint64_t tsc_khz, bool real_time);
    void frequency(std::uint64_t tsc_khz);

    CpuidEntries take() && { return std::move(entries_); }

private:
    kvm_cpuid_entry2* find(std::uint32_t leaf) {
        const auto found = std::ranges::find(entries_, leaf, &kvm_cpuid_entry2::function);
        return found == entries_.end() ? nullptr : &*found;
    }

    void remove(std::uint32_t leaf) {
        std::erase_if(entries_, [leaf](const auto& entry) { return entry.function == leaf; });
    }

    std::uint32_t last_basic() {
        const auto* const zero = find(0);
        return zero == nullptr ? 0 : zero->eax;
    }

    bool is_amd() {
        const auto* const zero = find(0);
        return zero != nullptr && (zero->ebx == amd_vendor || zero->ebx == hygon_vendor);
    }

    unsigned per_package() const { return topology_.cores * topology_.threads; }

    CpuidEntries entries_;
    Topology topology_;
    ApicFields fields_;
    Processor processor_;
};

void Cpuid::identify() {
    if (auto* const one = find(1)) {
        put(one->ebx, 24, 8, processor_.apic_id);
        put(one->ebx, 16, 8, std::min(per_package(), 255U));
        put(one->edx, 28, 1, per_package() > 1 ? 1 : 0); // HTT: more than one in the package
        one->ecx |= bit(31) | bit(24) | bit(21);         // hypervisor, TSC deadline, x2APIC
    }
}

// None is offered: their state would be one more to save, and results differ with the host's.
void Cpuid::no_performance_counters() {
    if (auto* const leaf = find(0xa)) {
        leaf->eax = leaf->ebx = leaf->ecx = leaf->edx = 0;
    }
    remove(0x8000'0022);
    if (auto* const extended = find(0x8000'0001)) {
        extended->ecx &= ~(bit(23) | bit(24) | bit(28)); // AMD's core, NB and LLC counters
    }
}

// A guest's own machines would be state that no template holds.
void Cpuid::no_virtualisation() {
    if (auto* const one = find(1)) {
        one->ecx &= ~bit(5); // VMX
    }
    if (auto* const extended = find(0x8000'0001)) {
        extended->ecx &= ~bit(2); // SVM
    }
    remove(0x8000'000a);
}

// Leaves 0xb and 0x1f: how far to shift the APIC id for the next level, and how many are below it.
void Cpuid::extended_topology(std::uint32_t leaf) {
    if (last_basic() < leaf) {
        return;
    }
    remove(leaf);
    constexpr std::uint32_t smt = 1;
    constexpr std::uint32_t core = 2;
    const auto level =
        [&](std::uint32_t index, unsigned shift, unsigned count, std::uint32_t type) {
            entries_.push_back({.function = leaf,
                                .index = index,
                                .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
                                .eax = shift,
                                .ebx = count,
                                .ecx = index | type << 8,
                                .edx = processor_.apic_id});
        };
    level(0, fields_.thread_bits, topology_.threads, smt);
    level(1, fields_.llc_shift(), per_package(), core);
    level(2, 0, 0, 0);
}

void Cpuid::amd_topology() {
    if (!is_amd()) {
        return;
    }
    if (auto* const features = find(0x8000'0001)) {
        put(features->ecx, 1, 1, per_package() > 1 ? 1 : 0); // CmpLegacy
        features->ecx |= bit(22);                            // TopologyExtensions
    }
    if (auto* const sizes = find(0x8000'0008)) {
        put(sizes->ecx, 0, 8, per_package() - 1);
        put(sizes->ecx, 12, 4, fields_.llc_shift());
    }
    remove(0x8000'001e);
    const auto core = processor_.apic_id >> fields_.thread_bits & (bit(fields_.core_bits) - 1);
    entries_.push_back({.function = 0x8000'001e,
                        .eax = processor_.apic_id,
                        .ebx = core | (topology_.threads - 1) << 8,
                        .ecx = 0, // one node a package
                        .edx = 0});
    if (auto* const last = find(0x8000'0000)) {
        last->eax = std::max(last->eax, 0x8000'001eU);
    }
}

void Cpuid::caches() {
    const auto leaf = is_amd() ? amd_cache_leaf : intel_cache_leaf;
    const auto host = [&] {
        CpuidEntries out;
        std::ranges::copy_if(entries_, std::back_inserter(out), [leaf](const auto& entry) {
            return entry.function == leaf;
        });
        return out;
    }();
    remove(leaf);
    std::ranges::copy(cache_leaves(leaf, host, fields_), std::back_inserter(entries_));
}

// What KVM offers, less page faults that are told of asynchronously, and with MSI destinations of
// 15 bits.
void Cpuid::paravirtual(std::uint64_t tsc_khz, bool real_time) {
    constexpr std::uint32_t timing_leaf = 0x4000'0010;
    constexpr std::uint32_t apic_khz = 1'000'000; // of KVM's APIC timer
    if (auto* const features = find(KVM_CPUID_FEATURES)) {
        features->eax &= ~(bit(KVM_FEATURE_ASYNC_PF) | bit(KVM_FEATURE_ASYNC_PF_VMEXIT) |
                           bit(KVM_FEATURE_ASYNC_PF_INT));
        features->eax |= bit(KVM_FEATURE_MSI_EXT_DEST_ID);
        features->edx = real_time ? bit(KVM_HINTS_REALTIME) : 0;
    }
    auto* const signature = find(KVM_CPUID_SIGNATURE);
    if (signature == nullptr || tsc_khz == 0) {
        return;
    }
    signature->eax = timing_leaf;
    remove(timing_leaf);
    entries_.push_back({.function = timing_leaf,
                        .eax = static_cast<std::uint32_t>(tsc_khz),
                        .ebx = apic_khz,
                        .ecx = 0,
                        .edx = 0});
}

// Leaf 0x15: a crystal at the TSC's own rate.
void Cpuid::frequency(std::uint64_t tsc_khz) {
    constexpr std::uint32_t leaf = 0x15;
    const auto hz = tsc_khz * 1000;
    if (last_basic() < leaf || hz == 0 || hz > UINT32_MAX) {
        return;
    }
    remove(leaf);
    entries_.push_back(
        {.function = leaf, .eax = 1, .ebx = 1, .ecx = static_cast<std::uint32_t>(hz), .edx = 0});
}

} // namespace

Result<> check_topology(std::span<const kvm_cpuid_entry2> supported, const Topology& topology) {
    constexpr std::uint32_t family_17h = 0x8f; // extended and base family of leaf 1's EAX
    constexpr std::uint32_t last_model = 0x1f;
    constexpr unsigned shift = 3;
    const auto find = [supported](std::uint32_t leaf) {
        return std::ranges::find(supported, leaf, &kvm_cpuid_entry2::function);
    };
    const auto vendor = find(0);
    const auto signature = find(1);
    if (vendor == supported.end() || signature == supported.end() || topology.llcs == 1 ||
        ApicFields(topology).llc_shift() == shift) {
        return {};
    }
    const auto family = (signature->eax >> 16 & 0xff0) | (signature->eax >> 8 & 0xf);
    const auto model = (signature->eax >> 12 & 0xf0) | (signature->eax >> 4 & 0xf);
    const bool zen_1 = vendor->ebx == amd_vendor && family == family_17h && model <= last_model;
    if (!zen_1 && vendor->ebx != hygon_vendor) {
        return {};
    }
    return fail(Error(ErrorKind::environment,
                      fmt::format("on this processor a kernel takes 8 CPUs for an LLC, not the {} "
                                  "of {}",
                                  topology.cores * topology.threads,
                                  topology.text()))
                    .hint("`--machine qemu-tcg` emulates a processor that shows what was asked"));
}

CpuidEntries cpuid_for(std::span<const kvm_cpuid_entry2> supported,
                       const Topology& topology,
                       const Processor& processor,
                       std::uint64_t tsc_khz,
                       bool real_time) {
    Cpuid cpuid(supported, topology, processor);
    cpuid.identify();
    cpuid.no_performance_counters();
    cpuid.no_virtualisation();
    cpuid.extended_topology(0xb);
    cpuid.extended_topology(0x1f);
    cpuid.amd_topology();
    cpuid.caches();
    cpuid.paravirtual(tsc_khz, real_time);
    cpuid.frequency(tsc_khz);
    return std::move(cpuid).take();
}

} // namespace ktstr::machine::kvm::x86_64
