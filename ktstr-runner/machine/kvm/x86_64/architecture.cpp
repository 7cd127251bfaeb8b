#include "ktstr-runner/machine/kvm/architecture.hpp"

#include "ktstr-runner/base/x86_64/kvm_abi.hpp"
#include "ktstr-runner/machine/image/x86_64/acpi.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"
#include "ktstr-runner/machine/kvm/x86_64/cpuid.hpp"
#include "ktstr-runner/machine/kvm/x86_64/processors.hpp"

#include <array>

namespace ktstr::machine::kvm::architecture {

namespace {

namespace x86 = machine::x86_64;

struct Wanted {
    std::uint32_t capability;
    std::uint64_t argument;
    std::string_view why;
};

constexpr std::array wanted{
    Wanted{KVM_CAP_SPLIT_IRQCHIP, 0,                                              "local APICs"},
    Wanted{KVM_CAP_X2APIC_API,
           KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK,
           "APIC ids of 32 bits"                                                               },
};

Result<std::vector<kvm_cpuid_entry2>> supported_cpuid(int system) {
    constexpr std::size_t most = 256; // KVM_MAX_CPUID_ENTRIES
    kvm_abi::Array<kvm_cpuid_entry2> cpuid(most);
    TRY(call(system, kvm_abi::get_supported_cpuid, cpuid.get(), "KVM_GET_SUPPORTED_CPUID"));
    const auto entries = cpuid.entries();
    return std::vector<kvm_cpuid_entry2>(entries.begin(), entries.end());
}

} // namespace

Result<MemoryMap> memory_map(const MachineSpec& spec) {
    return x86::memory_map(spec);
}

const DeviceMap& devices() {
    static constexpr DeviceMap map{
        .space = Space::ports,
        .uart = x86::ports::uart,
        .power_off = {x86::ports::sleep_control, x86::sleep_enable | x86::sleep_type_off << 2},
        .reset = {x86::ports::reset,         x86::reset_value                            },
        .sleep_status = x86::ports::sleep_status,
    };
    return map;
}

Result<> prepare_vm(int vm) {
    // Three pages that Intel's real mode needs, in the hole.
    constexpr std::uint64_t task_state = 0xfffb'd000;
    TRY(KTSTR_KVM(vm, KVM_SET_TSS_ADDR, task_state));
    for (const auto& want : wanted) {
        kvm_enable_cap enable{};
        enable.cap = want.capability;
        enable.args[0] = want.argument;
        TRY(KTSTR_KVM(vm, KVM_ENABLE_CAP, &enable), std::string(want.why));
    }
    // An AMD guest has performance counters whatever its CPUID says, unless KVM is told (5.18).
    if (::ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_PMU_CAPABILITY) > 0) {
        kvm_enable_cap disable{};
        disable.cap = KVM_CAP_PMU_CAPABILITY;
        disable.args[0] = KVM_PMU_CAP_DISABLE;
        TRY(KTSTR_KVM(vm, KVM_ENABLE_CAP, &disable), "performance counters");
    }
    return {};
}

// api.rst, 7.13 and 7.20. Not to have them makes a machine slower, not another one.
RealTime make_real_time(int vm) {
    constexpr int exits = KVM_X86_DISABLE_EXITS_HLT | KVM_X86_DISABLE_EXITS_PAUSE;
    const auto enable = [vm](std::uint32_t capability, std::uint64_t argument) {
        kvm_enable_cap wanted{};
        wanted.cap = capability;
        wanted.args[0] = argument;
        return ::ioctl(vm, KVM_ENABLE_CAP, &wanted) == 0;
    };
    const int can = ::ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_X86_DISABLE_EXITS);
    return {.stays_when_idle =
                can > 0 && (can & exits) == exits && enable(KVM_CAP_X86_DISABLE_EXITS, exits),
            .no_polling = enable(KVM_CAP_HALT_POLL, 0)};
}

std::vector<std::uint32_t> vcpu_ids(const Topology& topology) {
    std::vector<std::uint32_t> ids;
    for (const auto& processor : x86::processors(topology)) {
        ids.push_back(processor.apic_id);
    }
    return ids;
}

Result<std::unique_ptr<Processors>> make_processors(const Vm& vm,
                                                    std::vector<int> vcpus,
                                                    const Topology& topology,
                                                    std::uint64_t tsc_khz,
                                                    bool real_time) {
    TRY_ASSIGN(const auto supported, supported_cpuid(vm.system_fd()));
    TRY(x86_64::check_topology(supported, topology));
    const auto processors = x86::processors(topology);
    x86_64::CpuidEntries of_first;
    for (std::size_t i = 0; i < vcpus.size(); ++i) {
        auto entries = x86_64::cpuid_for(supported, topology, processors[i], tsc_khz, real_time);
        kvm_abi::Array<kvm_cpuid_entry2> cpuid{std::span<const kvm_cpuid_entry2>(entries)};
        TRY(call(vcpus[i], kvm_abi::set_cpuid2, cpuid.get(), "KVM_SET_CPUID2"));
        if (i == 0) {
            of_first = std::move(entries);
        }
    }
    constexpr std::uint32_t last_of_8_bits = 254; // 255 is all of them
    const bool longer = processors.back().apic_id > last_of_8_bits;
    using Ids = x86_64::X86Processors::ApicIds;
    return std::make_unique<x86_64::X86Processors>(vm.system_fd(),
                                                   vm.fd(),
                                                   std::move(vcpus),
                                                   std::move(of_first),
                                                   longer ? Ids::longer : Ids::of_8_bits);
}

} // namespace ktstr::machine::kvm::architecture
