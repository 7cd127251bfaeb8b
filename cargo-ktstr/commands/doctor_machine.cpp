// What virtual machines need: QEMU, and KVM for speed.
#include "cargo-ktstr/commands/checks.hpp"
#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/host/pick_machine.hpp"

#include <fmt/format.h>

#include <string>

namespace ktstr::commands {

namespace {

// Multi-threaded emulation of older ones breaks guests that patch their own code.
constexpr unsigned first_sound_qemu = 10;

// Both checks need it, and a broken one may take its time.
const host::KvmProbe& probe() {
    static const auto found = host::probe_kvm();
    return found;
}

Finding qemu() {
    return qemu_finding(first_line_of({std::string(host::qemu_program), "--version"}), probe());
}

Finding kvm() {
    return kvm_finding(probe(), find_program(std::string(host::qemu_program)));
}

} // namespace

Finding qemu_finding(const Said& said, const host::KvmProbe& probe) {
    if (!said.ran) {
        const auto remedy = fmt::format("apt-get install {}", host::qemu_package);
        return probe.state == host::KvmProbe::State::works
                   ? Finding{State::degraded,
                             said.line + ": tests that ask for a machine of QEMU's cannot run",
                             remedy}
                   : Finding{State::missing, said.line, remedy};
    }
    const auto version = version_in(said.line);
    if (version.empty() || version.front() < first_sound_qemu) {
        return {State::degraded,
                said.line + ": emulates with one thread",
                "install QEMU 10 or newer (on Debian 12 from backports)"};
    }
    return {State::ok, said.line};
}

Finding kvm_finding(const host::KvmProbe& probe,
                    const std::optional<std::filesystem::path>& emulator) {
    if (probe.state == host::KvmProbe::State::works) {
        return {State::ok, probe.reason};
    }
    if (!emulator) {
        return {State::missing, probe.reason + ", and no QEMU to emulate machines", probe.hint};
    }
    return {State::degraded, probe.reason + ": machines are emulated, which is slower", probe.hint};
}

std::vector<Check> machine_checks() {
    return {
        {"qemu", Need::tests, qemu},
        {"kvm",  Need::tests, kvm },
    };
}

} // namespace ktstr::commands
