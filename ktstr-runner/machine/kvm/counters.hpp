// KVM's statistics of a vCPU. Documentation/virt/kvm/api.rst, "KVM_GET_STATS_FD".
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/base/vcpu_counters.hpp"

namespace ktstr::machine::kvm {

// What this KVM does not count stays 0. Fails on a KVM before 5.14, which has no statistics to
// read.
Result<VcpuCounters> read_counters(int vcpu);

} // namespace ktstr::machine::kvm
