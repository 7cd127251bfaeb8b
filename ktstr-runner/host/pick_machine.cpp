#include "ktstr-runner/host/pick_machine.hpp"

#include <fmt/format.h>

namespace ktstr::host {

std::string PickedMachine::name() const {
    if (deterministic) {
        return "qemu, deterministic";
    }
    return !by_qemu ? "kvm" : by_kvm ? "qemu with kvm" : "qemu with tcg";
}

std::string PickedMachine::reason() const {
    return hint.empty() ? fmt::format("{}: {}", name(), why)
                        : fmt::format("{}: {} (hint: {})", name(), why, hint);
}

Result<PickedMachine> pick_machine(MachineName wanted, const FactCache& cache) {
    const bool emulated = wanted == MachineName::qemu_tcg || wanted == MachineName::deterministic;
    return pick_machine(wanted, emulated ? KvmProbe{} : probe_kvm(cache));
}

Result<PickedMachine> pick_machine(MachineName wanted, const KvmProbe& probe) {
    const bool works = probe.state == KvmProbe::State::works;
    switch (wanted) {
    case MachineName::qemu_tcg:
    case MachineName::deterministic:
        return PickedMachine{.by_qemu = true,
                             .by_kvm = false,
                             .why = "as asked",
                             .hint = {},
                             .deterministic = wanted == MachineName::deterministic};
    case MachineName::kvm:
    case MachineName::qemu_kvm:
        if (!works) {
            return fail(Error(ErrorKind::environment, "KVM was asked for, but " + probe.reason)
                            .hint(probe.hint.empty()
                                      ? "`--machine auto` emulates where KVM does not work"
                                      : probe.hint));
        }
        return PickedMachine{.by_qemu = wanted == MachineName::qemu_kvm,
                             .by_kvm = true,
                             .why = probe.reason,
                             .hint = {}};
    case MachineName::qemu:
    case MachineName::automatic:
        break;
    }
    return PickedMachine{.by_qemu = wanted == MachineName::qemu || !works,
                         .by_kvm = works,
                         .why = probe.reason,
                         .hint = probe.hint};
}

} // namespace ktstr::host
