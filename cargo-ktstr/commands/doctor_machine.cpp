// What virtual machines need: QEMU, and KVM for speed.
#include "cargo-ktstr/commands/checks.hpp"
#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/process.hpp"

#include <fcntl.h>
#include <sys/utsname.h>

#include <cerrno>
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
    if (const auto device = open_file("/dev/kvm", O_RDWR); !device) {
        const bool denied = errno == EACCES || errno == EPERM;
        return {State::degraded,
                device.error().one_line() + ": machines are emulated, about ten times slower",
                denied ? "join the group that owns it: usermod -aG kvm $USER"
                       : "enable virtualisation for this machine"};
    }
    return {State::ok, "/dev/kvm opens"};
}

} // namespace

std::vector<Check> machine_checks() {
    return {
        {"qemu", Need::tests, qemu},
        {"kvm",  Need::tests, kvm },
    };
}

} // namespace ktstr::commands
