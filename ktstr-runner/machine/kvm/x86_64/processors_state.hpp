// What a template keeps of a machine beside its memory, as bytes: the vCPUs, the clocks, the
// console's UART. In the host's own layout: a template never leaves the host whose processor is in
// its key.
#pragma once

#include "ktstr-runner/machine/kvm/device/uart.hpp"
#include "ktstr-runner/machine/kvm/x86_64/clocks.hpp"
#include "ktstr-runner/machine/kvm/x86_64/vcpu_state.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace ktstr::machine::kvm {

struct MachineState {
    std::vector<x86_64::VcpuState> vcpus;
    x86_64::Clocks clocks;
    Uart::State uart;
};

std::vector<std::byte> to_bytes(const MachineState& state);

// Refuses what to_bytes() did not make, or is cut.
Result<MachineState> machine_state(std::span<const std::byte> bytes);

} // namespace ktstr::machine::kvm
