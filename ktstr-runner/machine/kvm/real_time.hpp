// What KVM does for vCPUs that have host CPUs of their own.
#pragma once

namespace ktstr::machine::kvm {

struct RealTime {
    bool stays_when_idle = false; // HLT and PAUSE do not leave the guest
    bool no_polling = false;      // a host CPU does not spin for a vCPU that halted
};

} // namespace ktstr::machine::kvm
