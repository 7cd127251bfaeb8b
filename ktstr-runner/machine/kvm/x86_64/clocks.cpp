#include "ktstr-runner/machine/kvm/x86_64/clocks.hpp"

#include "ktstr-runner/machine/kvm/call.hpp"
#include "ktstr-runner/machine/kvm/x86_64/vcpu_state.hpp"

#include <linux/kvm.h>
#include <x86intrin.h>

namespace ktstr::machine::kvm::x86_64 {

namespace {

kvm_device_attr offset_attribute(std::uint64_t& offset) {
    return {.flags = 0,
            .group = KVM_VCPU_TSC_CTRL,
            .attr = KVM_VCPU_TSC_OFFSET,
            .addr = reinterpret_cast<std::uintptr_t>(&offset)};
}

bool has_offsets(int vcpu) {
    std::uint64_t offset = 0;
    const auto attribute = offset_attribute(offset);
    return ::ioctl(vcpu, KVM_HAS_DEVICE_ATTR, &attribute) == 0;
}

// The offset of all vCPUs is that of the first, so that they agree to the tick. A KVM before 5.16
// has no offsets to set; it takes TSCs that are written within a second for meant to be equal.
Result<> set_tsc(std::span<const int> vcpus, std::uint64_t tsc) {
    if (!has_offsets(vcpus.front())) {
        for (const int vcpu : vcpus) {
            TRY(write_msr(vcpu, msr_tsc, tsc));
        }
        return {};
    }
    TRY(write_msr(vcpus.front(), msr_tsc, tsc));
    std::uint64_t offset = 0;
    auto attribute = offset_attribute(offset);
    TRY(KTSTR_KVM(vcpus.front(), KVM_GET_DEVICE_ATTR, &attribute));
    for (const int vcpu : vcpus) {
        TRY(KTSTR_KVM(vcpu, KVM_SET_DEVICE_ATTR, &attribute));
    }
    return {};
}

} // namespace

Result<std::uint64_t> guest_tsc(int vcpu) {
    std::uint64_t offset = 0;
    auto attribute = offset_attribute(offset);
    TRY(KTSTR_KVM(vcpu, KVM_GET_DEVICE_ATTR, &attribute));
    return __rdtsc() + offset;
}

Result<Clocks> stop_clocks(int vm, std::span<const int> vcpus) {
    Clocks clocks;
    TRY_ASSIGN(clocks.tsc, read_msr(vcpus.front(), msr_tsc));
    kvm_clock_data clock{};
    TRY(KTSTR_KVM(vm, KVM_GET_CLOCK, &clock));
    clocks.kvmclock_ns = clock.clock;
    for (const int vcpu : vcpus) {
        TRY_ASSIGN(const auto deadline, read_msr(vcpu, msr_tsc_deadline));
        clocks.deadlines.push_back(deadline);
    }
    return clocks;
}

Result<> start_clocks(int vm, std::span<const int> vcpus, const Clocks& clocks, Timers timers) {
    TRY(set_tsc(vcpus, clocks.tsc));
    kvm_clock_data clock{};
    clock.clock = clocks.kvmclock_ns;
    TRY(KTSTR_KVM(vm, KVM_SET_CLOCK, &clock));
    for (std::size_t i = 0; i < vcpus.size(); ++i) {
        // Fails when the guest has no kvmclock: nothing is to be told then.
        static_cast<void>(::ioctl(vcpus[i], KVM_KVMCLOCK_CTRL, 0));
        // A timer that fired and was not delivered reads as 0; one too many does no harm.
        const auto due = timers == Timers::restored ? clocks.tsc : 0;
        const auto deadline = clocks.deadlines.at(i) != 0 ? clocks.deadlines.at(i) : due;
        if (deadline != 0) {
            TRY(write_msr(vcpus[i], msr_tsc_deadline, deadline));
        }
    }
    return {};
}

} // namespace ktstr::machine::kvm::x86_64
