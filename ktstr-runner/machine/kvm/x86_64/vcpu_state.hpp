// All of a vCPU but its TSC: read from a vCPU that stands still, written to a fresh one. The order
// of the calls matters (Documentation/virt/kvm/api.rst): reading MP_STATE first lets pending INITs
// and SIPIs take effect, reading the events next lets what a pending exception says reach CR2 and
// DR6. SREGS enables the local APIC before its registers come; events are written last, as REGS
// clears pending exceptions.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <linux/kvm.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ktstr::machine::kvm::x86_64 {

inline constexpr std::uint32_t msr_tsc = 0x10;
inline constexpr std::uint32_t msr_tsc_deadline = 0x6e0;

struct VcpuState {
    kvm_mp_state mp_state;
    kvm_regs regs;
    kvm_sregs sregs;
    kvm_xcrs xcrs;
    kvm_debugregs debugregs;
    kvm_lapic_state lapic;
    kvm_vcpu_events events;
    std::vector<std::byte> xsave;    // as much as this KVM has of it
    std::vector<kvm_msr_entry> msrs; // without the TSC and its deadline (clocks.hpp)
};

// Which MSRs a vCPU of this KVM has and lets be read: of KVM's list, and those that say how memory
// is cached, which are not in it.
Result<std::vector<std::uint32_t>> readable_msrs(int system, int vcpu);

// Bytes of KVM_GET_XSAVE2's answer.
Result<std::size_t> xsave_size(int vm);

Result<VcpuState> read_vcpu(int vcpu, std::size_t xsave_size, std::span<const std::uint32_t> msrs);

Result<> write_vcpu(int vcpu, const VcpuState& state);

Result<std::uint64_t> read_msr(int vcpu, std::uint32_t index);
Result<> write_msr(int vcpu, std::uint32_t index, std::uint64_t value);

} // namespace ktstr::machine::kvm::x86_64
