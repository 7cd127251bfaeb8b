// A machine of KVM's: its memory slots and its vCPUs.
#pragma once

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/image/memory_map.hpp"

#include <cstddef>
#include <cstdint>

namespace ktstr::machine::kvm {

class Vm final {
public:
    static Result<Vm> create();

    // Guest physical memory of `range` is what lies at `host`.
    Result<> add_memory(const Range& range, void* host);

    // A store of the guest to the 32 bits at `address`, where no memory is, adds one to `event` (an
    // eventfd) and does nothing else. api.rst, 4.59.
    Result<> add_doorbell(std::uint64_t address, int event);

    // `id` is the architecture's (vcpu_ids).
    Result<Fd> create_vcpu(std::uint32_t id) const;

    // Bytes of a vCPU's mapping.
    Result<std::size_t> run_size() const;

    // Of KVM itself, and of this machine.
    int system_fd() const { return system_.get(); }

    int fd() const { return vm_.get(); }

private:
    Vm(Fd system, Fd vm) : system_(std::move(system)), vm_(std::move(vm)) {}

    Fd system_;
    Fd vm_;
    std::uint32_t slots_ = 0;
};

} // namespace ktstr::machine::kvm
