// Which kind of machine runs on this host when that one was asked for, and why.
#pragma once

#include "ktstr-runner/base/machine_name.hpp"
#include "ktstr-runner/host/kvm_probe.hpp"

#include <string>
#include <string_view>

namespace ktstr::host {

// QEMU's program and the package that has it.
inline constexpr std::string_view qemu_program = "qemu-system-x86_64";
inline constexpr std::string_view qemu_package = "qemu-system-x86";

struct PickedMachine {
    bool by_qemu;
    bool by_kvm; // the host's processor runs the guest; else it is emulated
    std::string why;
    std::string hint; // what to do about it; may be empty
    bool deterministic = false;

    // "kvm", "qemu with kvm", "qemu with tcg", "qemu, deterministic".
    std::string name() const;

    // All of it in one line.
    std::string reason() const;
};

// Refuses KVM where it does not work. Pure but for the probe, which is asked when it matters.
Result<PickedMachine> pick_machine(MachineName wanted, const FactCache& cache);
Result<PickedMachine> pick_machine(MachineName wanted, const KvmProbe& probe);

} // namespace ktstr::host
