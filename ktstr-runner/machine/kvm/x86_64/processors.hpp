// Processors of x86-64.
#pragma once

#include "ktstr-runner/machine/kvm/processors.hpp"
#include "ktstr-runner/machine/kvm/x86_64/clocks.hpp"

#include <linux/kvm.h>

#include <optional>
#include <utility>

namespace ktstr::machine::kvm::x86_64 {

class X86Processors final : public Processors {
public:
    enum class ApicIds { of_8_bits, longer };

    // `system` and `vm` are KVM's descriptors, as are `vcpus`; all outlive this. `cpuid` is
    // the first vCPU's.
    X86Processors(int system,
                  int vm,
                  std::vector<int> vcpus,
                  std::vector<kvm_cpuid_entry2> cpuid,
                  ApicIds apic_ids)
        : system_(system), vm_(vm), vcpus_(std::move(vcpus)), cpuid_(std::move(cpuid)),
          apic_ids_(apic_ids) {}

    Result<> set_start_state(std::uint64_t entry) override;
    Result<> stop_clocks() override;
    Result<> start_clocks() override;
    Result<std::vector<std::byte>> save() const override;
    Result<> restore(std::span<const std::byte> state) override;
    Result<bool> halted_for_ever() const override;
    Result<std::uint64_t> counter() const override;

private:
    int system_;
    int vm_;
    std::vector<int> vcpus_;
    std::vector<kvm_cpuid_entry2> cpuid_;
    ApicIds apic_ids_;
    std::optional<Clocks> stopped_; // none before the first stop, nor while they go
    Timers timers_ = Timers::in_place;
};

} // namespace ktstr::machine::kvm::x86_64
