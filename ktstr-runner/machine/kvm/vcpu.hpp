// One vCPU: KVM's descriptor of it and the page that both sides share.
#pragma once

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/machine/kvm/device/devices.hpp"
#include "ktstr-runner/machine/kvm/mapping.hpp"
#include "ktstr-runner/machine/machine.hpp"

#include <linux/kvm.h>

#include <optional>
#include <variant>

namespace ktstr::machine::kvm {

class Vcpu final {
public:
    static Result<Vcpu> create(Fd fd, std::size_t run_size);

    int fd() const { return fd_.get(); }

    // From any thread: the next entry, or the one going on once its thread has a signal, ends at
    // once.
    void set_immediate_exit(bool on);

    struct Interrupted {};

    // Runs the guest until the host has something to decide. Accesses to devices are served in
    // here.
    std::variant<Interrupted, Ending> run(Devices& devices);

private:
    Vcpu(Fd fd, Mapping run) : fd_(std::move(fd)), run_(std::move(run)) {}

    kvm_run& page() { return *static_cast<kvm_run*>(run_.data()); }

    std::optional<Ending> serve(Devices& devices);
    std::optional<Ending> serve_port(Devices& devices);
    std::optional<Ending> serve_memory(Devices& devices);

    Fd fd_;
    Mapping run_;
};

} // namespace ktstr::machine::kvm
