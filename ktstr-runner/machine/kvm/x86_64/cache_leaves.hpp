// The leaves that describe caches: the host's sizes, shared as the topology says. SDM volume 2,
// CPUID leaf 4; APM volume 3, Fn8000_001D: the same fields.
#pragma once

#include "ktstr-runner/machine/image/x86_64/processors.hpp"

#include <linux/kvm.h>

#include <span>
#include <vector>

namespace ktstr::machine::kvm::x86_64 {

inline constexpr std::uint32_t intel_cache_leaf = 4;
inline constexpr std::uint32_t amd_cache_leaf = 0x8000'001d;

// `host` are its entries of that leaf. A host that describes no L3 (or nothing) gets common sizes
// for what it leaves out.
std::vector<kvm_cpuid_entry2> cache_leaves(std::uint32_t leaf,
                                           std::span<const kvm_cpuid_entry2> host,
                                           const machine::x86_64::ApicFields& fields);

} // namespace ktstr::machine::kvm::x86_64
