// What the VMM needs of the architecture that it is built for. The architecture's folder (x86_64)
// defines all of it, and nothing else here knows that folder.
#pragma once

#include "ktstr-runner/machine/kvm/device/devices.hpp"
#include "ktstr-runner/machine/kvm/kernel_in_memory.hpp"
#include "ktstr-runner/machine/kvm/processors.hpp"
#include "ktstr-runner/machine/kvm/real_time.hpp"
#include "ktstr-runner/machine/kvm/vm.hpp"
#include "ktstr-runner/machine/spec.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ktstr::machine::kvm::architecture {

// Refuses memory and windows that a machine cannot have.
Result<MemoryMap> memory_map(const MachineSpec& spec);

// The kernel with all that firmware would have told it. Refused when kernel, initramfs or command
// line do not fit. `tsc_khz` is the rate of the counter that the guest takes for its clock; 0 when
// it is not known.
Result<KernelInMemory>
prepare_kernel(const MachineSpec& spec, const MemoryMap& map, std::uint64_t tsc_khz);

const DeviceMap& devices();

// What a machine of KVM's needs before its first vCPU: interrupt controllers.
Result<> prepare_vm(int vm);

// Before the first vCPU: has them stay in the guest when they are idle, as far as KVM can.
RealTime make_real_time(int vm);

// KVM's ids of the vCPUs, in the order in which a kernel numbers its CPUs.
std::vector<std::uint32_t> vcpu_ids(const Topology& topology);

// Makes fresh vCPUs (KVM's descriptors, in the order of vcpu_ids) those of `topology`. `vm`
// outlives what is returned.
Result<std::unique_ptr<Processors>> make_processors(const Vm& vm,
                                                    std::vector<int> vcpus,
                                                    const Topology& topology,
                                                    std::uint64_t tsc_khz,
                                                    bool real_time);

} // namespace ktstr::machine::kvm::architecture
