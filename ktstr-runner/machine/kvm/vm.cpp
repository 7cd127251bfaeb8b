#include "ktstr-runner/machine/kvm/vm.hpp"

#include "ktstr-runner/machine/kvm/architecture.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/kvm.h>

#include <cerrno>

namespace ktstr::machine::kvm {

namespace {

constexpr auto device = "/dev/kvm";

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
    TRY(architecture::prepare_vm(vm.fd()));
    return vm;
}

Result<> Vm::add_memory(const Range& range, void* host) {
    kvm_userspace_memory_region region{.slot = slots_++,
                                       .flags = 0,
                                       .guest_phys_addr = range.base,
                                       .memory_size = range.size,
                                       .userspace_addr = reinterpret_cast<std::uintptr_t>(host)};
    TRY(KTSTR_KVM(vm_.get(), KVM_SET_USER_MEMORY_REGION, &region));
    return {};
}

Result<> Vm::add_doorbell(std::uint64_t address, int event) {
    kvm_ioeventfd doorbell{};
    doorbell.addr = address;
    doorbell.len = sizeof(std::uint32_t);
    doorbell.fd = event;
    TRY(KTSTR_KVM(vm_.get(), KVM_IOEVENTFD, &doorbell));
    return {};
}

Result<Fd> Vm::create_vcpu(std::uint32_t id) const {
    TRY_ASSIGN(const auto fd,
               KTSTR_KVM(vm_.get(), KVM_CREATE_VCPU, static_cast<unsigned long>(id)),
               fmt::format("vCPU with id {}", id));
    return Fd(fd);
}

Result<std::size_t> Vm::run_size() const {
    TRY_ASSIGN(const auto size, KTSTR_KVM(system_.get(), KVM_GET_VCPU_MMAP_SIZE, 0));
    return static_cast<std::size_t>(size);
}

} // namespace ktstr::machine::kvm
