// The one place that knows which backends exist: probes the host, says what was chosen and why,
// makes machines.
#pragma once

#include "ktstr-runner/machine/machine.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace ktstr::machine {

struct Choice {
    Backend backend = Backend::qemu;
    Acceleration acceleration = Acceleration::tcg;
    std::string reason;   // one line for people: "qemu with tcg: /dev/kvm: permission denied (hint:
                          // join group kvm)"
    std::string emulator; // path of QEMU
    std::string emulator_version; // "10.0.2"
    std::uint64_t tsc_khz = 0;    // of this host; of a deterministic machine its own
    bool deterministic = false;   // its time is what it executes (docs/design/deterministic.md)
};

// `wanted` is KTSTR_MACHINE or --machine (base/machine_name.hpp). The probe of /dev/kvm runs real
// instructions; its answer is kept in `cache` (a directory; one small file keyed by the boot id and
// the kernel) so that a test does not pay for it.
Result<Choice> choose(std::string_view wanted, const std::filesystem::path& cache);

// Refuses a file that is no kernel, or none for such a machine, and says why.
Result<> check_kernel(const Choice& choice, const std::filesystem::path& kernel);

// All that decides what a machine is once it is booted from this spec: kernel and initramfs by
// content, the emulator with its arguments, and under KVM the host's processor. The same text, the
// same machine.
Result<std::string>
identity(const Choice& choice, const MachineSpec& spec, const std::filesystem::path& cache);

// Restores, paused, the machine of this choice and spec that Machine::save() left in `directory`.
Result<std::unique_ptr<Machine>> restore(const Choice& choice,
                                         const MachineSpec& spec,
                                         const std::filesystem::path& directory,
                                         Restored use);

// Creates the machine, paused, with the window's header written. Fails with the program to install
// when there is none.
Result<std::unique_ptr<Machine>> create(const Choice& choice, const MachineSpec& spec);

// Whether machines of that choice can serve forks: emulated ones, in a build that has the library.
bool can_fork(const Choice& choice);

// A machine that is a fork of the one that serves under `name`, paused where that was, and what
// whoever made the server says of it.
struct Fork {
    std::unique_ptr<Machine> machine;
    std::string note;
    std::uint32_t turn = 0; // how many were taken for the subject, this one too; 0: nobody counts
};

// Absent: there is no server of that name. `spec` is the server's; can_fork(choice). `subject`:
// what the fork is for, by a name of at most 32 bytes; empty: it is not counted.
Result<std::optional<Fork>> fork(const Choice& choice,
                                 const MachineSpec& spec,
                                 const std::string& name,
                                 std::string_view subject = {});

} // namespace ktstr::machine
