// Whether this host's KVM can run a kernel: some have a /dev/kvm that opens and makes machines but
// cannot execute what every kernel does. So the probe runs a guest of a few real instructions.
#pragma once

#include "ktstr-runner/host/fact_cache.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace ktstr::host {

struct KvmProbe {
    enum class State {
        works,
        absent,        // no /dev/kvm
        no_permission, // there, but not for us
        no_machine,    // KVM_CREATE_VM or what follows fails
        broken,        // a machine is made, but does not run the instructions
    };
    State state;
    std::string reason; // "/dev/kvm cannot run `lock cmpxchg16b` (KVM internal error)"
    std::string hint;   // what to do about it; may be empty
};

// Takes at most `limit` of CPU time (a child is killed then), ten times that on the clock; a
// working KVM answers in milliseconds.
KvmProbe probe_kvm(const std::filesystem::path& device = "/dev/kvm",
                   std::chrono::milliseconds limit = std::chrono::seconds{2});

// The same, the answer about the instructions remembered for this boot; the cheap checks are always
// made.
KvmProbe probe_kvm(const FactCache& cache);

} // namespace ktstr::host
