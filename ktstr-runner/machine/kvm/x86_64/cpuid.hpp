// The CPUID of one vCPU: what KVM supports here, with the topology that was asked for. Pure. SDM
// volume 2, CPUID; APM volume 3, appendix E; Documentation/virt/kvm/x86/cpuid.rst.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/image/x86_64/processors.hpp"

#include <linux/kvm.h>

#include <span>
#include <vector>

namespace ktstr::machine::kvm::x86_64 {

using CpuidEntries = std::vector<kvm_cpuid_entry2>;

// `supported` is KVM_GET_SUPPORTED_CPUID's answer; `tsc_khz` 0 when it is not known.
// `real_time`: the kernel may take it that no vCPU ever loses its host CPU (KVM_HINTS_REALTIME).
CpuidEntries cpuid_for(std::span<const kvm_cpuid_entry2> supported,
                       const Topology& topology,
                       const machine::x86_64::Processor& processor,
                       std::uint64_t tsc_khz,
                       bool real_time);

// Refuses what a kernel would not see as asked on this host: of Zen 1 and Hygon processors it takes
// eight APIC ids for an LLC, whatever CPUID says (arch/x86/kernel/cpu/cacheinfo.c,
// cacheinfo_amd_init_llc_id).
Result<> check_topology(std::span<const kvm_cpuid_entry2> supported, const Topology& topology);

} // namespace ktstr::machine::kvm::x86_64
