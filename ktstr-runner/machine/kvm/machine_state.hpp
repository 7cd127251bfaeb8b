// What a template keeps of a machine beside its memory, as bytes.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/machine/kvm/device/uart.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace ktstr::machine::kvm {

struct MachineState {
    Uart::State uart;
    std::vector<std::byte> processors; // Processors::save()
};

std::vector<std::byte> to_bytes(const MachineState& state);

// Refuses what to_bytes() did not make, or is cut.
Result<MachineState> machine_state(std::span<const std::byte> bytes);

} // namespace ktstr::machine::kvm
