#include "ktstr-runner/machine/kvm/machine_state.hpp"

#include "ktstr-runner/machine/kvm/state_bytes.hpp"

namespace ktstr::machine::kvm {

namespace {

constexpr std::uint64_t magic = 0x3254'4154'5354'534b; // "KSTSTAT2" in memory order

} // namespace

std::vector<std::byte> to_bytes(const MachineState& state) {
    StateWriter out;
    out.put(magic);
    out.put(state.uart);
    out.put(state.processors);
    return std::move(out).take();
}

Result<MachineState> machine_state(std::span<const std::byte> bytes) {
    StateReader in(bytes);
    std::uint64_t mark = 0;
    TRY(in.get(mark));
    if (mark != magic) {
        return StateReader::cut();
    }
    MachineState state;
    TRY(in.get(state.uart));
    TRY(in.get(state.processors));
    TRY(in.end());
    return state;
}

} // namespace ktstr::machine::kvm
