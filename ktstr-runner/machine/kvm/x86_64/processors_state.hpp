// What a template keeps of a machine's processors: the vCPUs and their clocks, as bytes.
#pragma once

#include "ktstr-runner/machine/kvm/x86_64/clocks.hpp"
#include "ktstr-runner/machine/kvm/x86_64/vcpu_state.hpp"

#include <linux/kvm.h>

#include <cstddef>
#include <span>
#include <vector>

namespace ktstr::machine::kvm::x86_64 {

struct ProcessorsState {
    std::vector<kvm_cpuid_entry2> cpuid; // of the first vCPU; the others' differ in their ids
    std::vector<VcpuState> vcpus;
    Clocks clocks;
};

std::vector<std::byte> to_bytes(const ProcessorsState& state);

// Refuses what to_bytes() did not make, or is cut.
Result<ProcessorsState> processors_state(std::span<const std::byte> bytes);

} // namespace ktstr::machine::kvm::x86_64
