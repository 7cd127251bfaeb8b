// The clocks of a machine that stands still: TSC and kvmclock go on where they stood, however long
// that was, and the TSC is the same on every vCPU. Documentation/virt/kvm/devices/vcpu.rst,
// "KVM_VCPU_TSC_OFFSET".
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ktstr::machine::kvm::x86_64 {

struct Clocks {
    std::uint64_t tsc = 0; // of the first vCPU, and so of all
    std::uint64_t kvmclock_ns = 0;
    std::vector<std::uint64_t> deadlines; // of each vCPU's APIC timer, in TSC ticks; 0: not armed
};

// `vcpus` are KVM's descriptors, of vCPUs that stand still.
Result<Clocks> stop_clocks(int vm, std::span<const int> vcpus);

// The TSC of a vCPU that runs. Fails on a KVM before 5.16.
Result<std::uint64_t> guest_tsc(int vcpu);

enum class Timers {
    in_place, // of the same machine: a timer that fired meanwhile is still in KVM
    restored, // of a machine that was saved: what fired before the saving must fire again
};

Result<> start_clocks(int vm, std::span<const int> vcpus, const Clocks& clocks, Timers timers);

} // namespace ktstr::machine::kvm::x86_64
