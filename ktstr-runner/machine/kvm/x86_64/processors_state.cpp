#include "ktstr-runner/machine/kvm/x86_64/processors_state.hpp"

#include "ktstr-runner/machine/kvm/state_bytes.hpp"

namespace ktstr::machine::kvm::x86_64 {

namespace {

// One list of what there is, for both directions.
template <class State, class Each> void for_each_part(State& vcpu, Each each) {
    each(vcpu.mp_state);
    each(vcpu.regs);
    each(vcpu.sregs);
    each(vcpu.xcrs);
    each(vcpu.debugregs);
    each(vcpu.lapic);
    each(vcpu.events);
    each(vcpu.xsave);
    each(vcpu.msrs);
}

} // namespace

std::vector<std::byte> to_bytes(const ProcessorsState& state) {
    StateWriter out;
    out.put(state.cpuid);
    out.put(state.clocks.tsc);
    out.put(state.clocks.kvmclock_ns);
    out.put(state.clocks.deadlines);
    for (const auto& vcpu : state.vcpus) {
        for_each_part(vcpu, [&out](const auto& part) { out.put(part); });
    }
    return std::move(out).take();
}

Result<ProcessorsState> processors_state(std::span<const std::byte> bytes) {
    StateReader in(bytes);
    ProcessorsState state;
    TRY(in.get(state.cpuid));
    TRY(in.get(state.clocks.tsc));
    TRY(in.get(state.clocks.kvmclock_ns));
    TRY(in.get(state.clocks.deadlines));
    constexpr std::size_t most_vcpus = 1024;
    if (state.clocks.deadlines.empty() || state.clocks.deadlines.size() > most_vcpus) {
        return StateReader::cut();
    }
    state.vcpus.resize(state.clocks.deadlines.size()); // one of each
    for (auto& vcpu : state.vcpus) {
        Result<> got;
        for_each_part(vcpu, [&](auto& part) {
            if (got) {
                got = in.get(part);
            }
        });
        TRY(std::move(got));
    }
    TRY(in.end());
    return state;
}

} // namespace ktstr::machine::kvm::x86_64
