// What virtual machines need: QEMU, and KVM for speed.
#include "cargo-ktstr/commands/checks.hpp"
#include "ktstr-runner/base/process.hpp"

#include <sys/utsname.h>

#include <string>

namespace ktstr::commands {

namespace {

// Multi-threaded emulation of older ones breaks guests that patch their own code.
constexpr unsigned first_sound_qemu = 10;

std::string qemu_program() {
    utsname name{};
    ::uname(&name);
    return "qemu-system-" + std::string(name.machine);
}

Finding qemu() {
    const auto said = first_line_of({qemu_program(), "--version"});
    if (!said.ran) {
        return {State::missing, said.line, "apt-get install qemu-system-x86"};
    }
    const auto version = version_in(said.line);
    if (version.empty() || version.front() < first_sound_qemu) {
        return {State::degraded,
                said.line + ": emulates with one thread",
                "install QEMU 10 or newer (on Debian 12 from backports)"};
    }
    return {State::ok, said.line};
}

Finding kvm() {
    return kvm_finding(host::probe_kvm(), find_program(qemu_program()));
}

} // namespace

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
