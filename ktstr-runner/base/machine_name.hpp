// The names by which people ask for a kind of machine: --machine, KTSTR_MACHINE, `machine` of
// ktstr.toml.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string_view>

namespace ktstr {

enum class MachineName {
    automatic, // "auto": our VMM where KVM works, else QEMU
    kvm,       // our VMM
    qemu,      // with KVM where that works
    qemu_kvm,
    qemu_tcg,
    deterministic, // "det": QEMU, which counts instructions in place of time
};

// Refuses every other name, with the nearest one.
Result<MachineName> parse_machine_name(std::string_view name);

} // namespace ktstr
