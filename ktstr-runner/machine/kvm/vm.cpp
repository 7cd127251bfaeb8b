#include "ktstr-runner/machine/kvm/vm.hpp"

#include "ktstr-runner/base/kvm_abi.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <array>
#include <cerrno>

namespace ktstr::machine::kvm {

namespace {

constexpr auto device = "/dev/kvm";
constexpr std::uint64_t task_state =
    0xfffb'd000; // three pages that Intel's real mode needs, in the hole

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

} // namespace

Result<Vm> Vm::create() {
    TRY_ASSIGN(auto system, open_file(device, O_RDWR));
    TRY_ASSIGN(const auto version, KTSTR_KVM(system.get(), KVM_GET_API_VERSION, 0));
    if (version != KVM_API_VERSION) {
        return fail(ErrorKind::environment,
                    fmt::format("{} speaks version {}, not {}", device, version, KVM_API_VERSION));
    }
    int created = -1;
    do { // a signal may come in between (api.rst, 4.2)
        created = ::ioctl(system.get(), KVM_CREATE_VM, 0);
    } while (created < 0 && errno == EINTR);
    if (created < 0) {
        return fail(Error::from_errno("KVM_CREATE_VM fails"));
    }
    Vm vm(std::move(system), Fd(created));
    TRY(KTSTR_KVM(vm.fd(), KVM_SET_TSS_ADDR, task_state));
    for (const auto& want : wanted) {
        kvm_enable_cap enable{};
        enable.cap = want.capability;
        enable.args[0] = want.argument;
        TRY(KTSTR_KVM(vm.fd(), KVM_ENABLE_CAP, &enable), std::string(want.why));
    }
    return vm;
}

Result<> Vm::add_memory(const machine::x86_64::Range& range, void* host) {
    kvm_userspace_memory_region region{.slot = slots_++,
                                       .flags = 0,
                                       .guest_phys_addr = range.base,
                                       .memory_size = range.size,
                                       .userspace_addr = reinterpret_cast<std::uintptr_t>(host)};
    TRY(KTSTR_KVM(vm_.get(), KVM_SET_USER_MEMORY_REGION, &region));
    return {};
}

Result<Fd> Vm::create_vcpu(std::uint32_t id) const {
    TRY_ASSIGN(const auto fd,
               KTSTR_KVM(vm_.get(), KVM_CREATE_VCPU, static_cast<unsigned long>(id)),
               fmt::format("vCPU with APIC id {}", id));
    return Fd(fd);
}

Result<std::size_t> Vm::run_size() const {
    TRY_ASSIGN(const auto size, KTSTR_KVM(system_.get(), KVM_GET_VCPU_MMAP_SIZE, 0));
    return static_cast<std::size_t>(size);
}

Result<std::vector<kvm_cpuid_entry2>> Vm::supported_cpuid() const {
    constexpr std::size_t most = 256; // KVM_MAX_CPUID_ENTRIES
    kvm_abi::Array<kvm_cpuid_entry2> cpuid(most);
    TRY(call(system_.get(), kvm_abi::get_supported_cpuid, cpuid.get(), "KVM_GET_SUPPORTED_CPUID"));
    const auto entries = cpuid.entries();
    return std::vector<kvm_cpuid_entry2>(entries.begin(), entries.end());
}

} // namespace ktstr::machine::kvm
