#include "ktstr-runner/machine/kvm/x86_64/processors.hpp"

#include "ktstr-runner/machine/kvm/call.hpp"
#include "ktstr-runner/machine/kvm/x86_64/processors_state.hpp"
#include "ktstr-runner/machine/kvm/x86_64/start_state.hpp"

#include <fmt/format.h>

#include <cstring>

namespace ktstr::machine::kvm::x86_64 {

namespace {

bool same(std::span<const kvm_cpuid_entry2> a, std::span<const kvm_cpuid_entry2> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

} // namespace

Result<> X86Processors::set_start_state(std::uint64_t entry) {
    for (const int vcpu : vcpus_) {
        TRY(set_start_msrs(vcpu));
        if (apic_ids_ == ApicIds::longer) { // else a kernel without x2APIC will do
            TRY(enter_x2apic_mode(vcpu));
        }
    }
    return set_start_registers(vcpus_.front(), entry);
}

Result<> X86Processors::stop_clocks() {
    if (!stopped_) {
        TRY_ASSIGN(stopped_, x86_64::stop_clocks(vm_, vcpus_));
    }
    return {};
}

Result<> X86Processors::start_clocks() {
    if (stopped_) {
        TRY(x86_64::start_clocks(vm_, vcpus_, *stopped_, timers_));
        stopped_.reset();
        timers_ = Timers::in_place;
    }
    return {};
}

Result<std::vector<std::byte>> X86Processors::save() const {
    if (!stopped_) {
        return fail(ErrorKind::internal, "only a machine that stands still can be saved");
    }
    ProcessorsState state{.cpuid = cpuid_, .vcpus = {}, .clocks = *stopped_};
    TRY_ASSIGN(const auto size, xsave_size(vm_));
    TRY_ASSIGN(const auto msrs, readable_msrs(system_, vcpus_.front()));
    for (const int vcpu : vcpus_) {
        TRY_ASSIGN(auto one, read_vcpu(vcpu, size, msrs));
        state.vcpus.push_back(std::move(one));
    }
    return to_bytes(state);
}

Result<> X86Processors::restore(std::span<const std::byte> state) {
    TRY_ASSIGN(auto saved, processors_state(state));
    // Its kernel has set itself up by what it found.
    if (!same(saved.cpuid, cpuid_)) {
        return fail(ErrorKind::environment, "it was saved by a KVM with other features");
    }
    if (saved.vcpus.size() != vcpus_.size()) {
        return fail(ErrorKind::environment, "the saved machine has another number of vCPUs");
    }
    for (std::size_t i = 0; i < vcpus_.size(); ++i) {
        TRY(write_vcpu(vcpus_[i], saved.vcpus[i]), fmt::format("vCPU {}", i));
    }
    stopped_ = std::move(saved.clocks);
    timers_ = Timers::restored;
    return {};
}

Result<bool> X86Processors::halted_for_ever() const {
    constexpr std::uint64_t interrupt_flag = 1 << 9;
    for (const int vcpu : vcpus_) {
        kvm_mp_state state{};
        TRY(KTSTR_KVM(vcpu, KVM_GET_MP_STATE, &state));
        if (state.mp_state == KVM_MP_STATE_UNINITIALIZED) {
            continue;
        }
        kvm_regs registers{};
        TRY(KTSTR_KVM(vcpu, KVM_GET_REGS, &registers));
        if (state.mp_state != KVM_MP_STATE_HALTED || (registers.rflags & interrupt_flag) != 0) {
            return false;
        }
    }
    return true;
}

Result<std::uint64_t> X86Processors::counter() const {
    if (stopped_) {
        return fail(ErrorKind::internal, "the clocks stand");
    }
    return guest_tsc(vcpus_.front());
}

} // namespace ktstr::machine::kvm::x86_64
