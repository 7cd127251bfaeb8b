#include "ktstr-runner/machine/kvm/vcpu.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <span>
#include <system_error>

namespace ktstr::machine::kvm {

namespace {

using Cause = Ending::Cause;

// KVM_EXIT_INTERNAL_ERROR's suberrors (api.rst, 5.).
std::string_view internal_error(std::uint32_t suberror) {
    switch (suberror) {
    case KVM_INTERNAL_ERROR_EMULATION:
        return "it cannot emulate an instruction";
    case KVM_INTERNAL_ERROR_SIMUL_EX:
        return "two exceptions at once";
    case KVM_INTERNAL_ERROR_DELIVERY_EV:
        return "an event cannot be delivered";
    case KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON:
        return "the processor left the guest for an unknown reason";
    default:
        return "internal error";
    }
}

Ending ending_of(Devices::Wish wish) {
    return wish == Devices::Wish::power_off
               ? Ending{Cause::powered_off, {}}
               : Ending{Cause::reset, "the guest reset the machine without a word of the kernel"};
}

} // namespace

Result<Vcpu> Vcpu::create(Fd fd, std::size_t run_size) {
    TRY_ASSIGN(auto run, Mapping::of(fd.get(), run_size, Mapping::Kind::shared));
    return Vcpu(std::move(fd), std::move(run));
}

void Vcpu::set_immediate_exit(bool on) {
    std::atomic_ref(page().immediate_exit).store(on ? 1 : 0);
}

std::variant<Vcpu::Interrupted, Ending> Vcpu::run(Devices& devices) {
    while (true) {
        if (::ioctl(fd_.get(), KVM_RUN, 0) < 0) {
            if (errno == EINTR) {
                return Interrupted{};
            }
            if (errno != EAGAIN) { // a vCPU that was not started yet
                return Ending{Cause::broken,
                              "KVM_RUN fails: " + std::generic_category().message(errno)};
            }
        } else if (auto ending = serve(devices)) {
            return *std::move(ending);
        }
    }
}

std::optional<Ending> Vcpu::serve(Devices& devices) {
    auto& run = page();
    switch (run.exit_reason) {
    case KVM_EXIT_IO:
        return serve_port(devices);
    case KVM_EXIT_MMIO:
        return serve_memory(devices);
    case KVM_EXIT_SHUTDOWN:
        return Ending{Cause::reset, "a triple fault: a CPU could not go on"};
    case KVM_EXIT_INTERNAL_ERROR:
        return Ending{Cause::broken,
                      fmt::format("KVM gave up: {} (suberror {})",
                                  internal_error(run.internal.suberror),
                                  run.internal.suberror)};
    case KVM_EXIT_FAIL_ENTRY:
        return Ending{Cause::broken,
                      fmt::format("the processor does not enter the guest (reason {:#x})",
                                  run.fail_entry.hardware_entry_failure_reason)};
    default:
        return Ending{Cause::broken, fmt::format("KVM stopped for reason {}", run.exit_reason)};
    }
}

std::optional<Ending> Vcpu::serve_port(Devices& devices) {
    auto& io = page().io;
    auto* const data = static_cast<std::byte*>(run_.data()) + io.data_offset;
    for (std::uint32_t i = 0; i < io.count; ++i) {
        const std::span access(data + std::size_t{i} * io.size, io.size);
        if (io.direction == KVM_EXIT_IO_IN) {
            devices.read(Space::ports, io.port, access);
        } else if (const auto wish = devices.write(Space::ports, io.port, access)) {
            return ending_of(*wish);
        }
    }
    return std::nullopt;
}

std::optional<Ending> Vcpu::serve_memory(Devices& devices) {
    auto& access = page().mmio;
    const auto bytes = std::as_writable_bytes(std::span(access.data))
                           .first(std::min<std::size_t>(access.len, sizeof access.data));
    if (access.is_write == 0) {
        devices.read(Space::memory, access.phys_addr, bytes);
    } else if (const auto wish = devices.write(Space::memory, access.phys_addr, bytes)) {
        return ending_of(*wish);
    }
    return std::nullopt;
}

} // namespace ktstr::machine::kvm
