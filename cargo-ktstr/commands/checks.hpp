// One check of the doctor: its finding, and the groups of checks that there are. Each group is a
// file.
#pragma once

#include "ktstr-runner/host/kvm_probe.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::commands {

enum class State {
    ok,
    degraded, // works, but slower or with less
    missing,  // is not there or cannot be used
};

// What does not work when the check's subject is missing.
enum class Need {
    tests,    // running tests at all
    programs, // shells and scripts in the guest
    coverage,
    kernels, // building kernels
    hygiene, // nothing by itself
};

struct Finding {
    State state;
    std::string what;     // one line
    std::string remedy{}; // one line; empty when there is nothing to do
};

struct Check {
    std::string_view name;
    Need need;
    std::function<Finding()> look;
};

std::string_view name(State state);
std::string_view name(Need need);

std::vector<Check> rust_checks();    // cargo, nextest, our own programs
std::vector<Check> machine_checks(); // QEMU, KVM
std::vector<Check> kernel_checks();  // the store, and what building needs
std::vector<Check> host_checks();    // space, configuration, variables

// Without a KVM that runs a kernel, tests run emulated, if there is an emulator.
Finding kvm_finding(const host::KvmProbe& probe,
                    const std::optional<std::filesystem::path>& emulator);

// "cargo-nextest 0.9.143 (60fa45f63 2026-08-04)" -> 0.9.143: the first word of digits and dots.
// Empty: none.
std::vector<unsigned> version_in(std::string_view text);
std::string text_of(const std::vector<unsigned>& version);

// The first line that `argv` prints, or why there is none.
struct Said {
    bool ran = false;
    std::string line;
};

Said first_line_of(std::vector<std::string> argv);

// What QEMU says of its version. Where KVM works it is needed by who asks for it alone.
Finding qemu_finding(const Said& said, const host::KvmProbe& probe);

} // namespace ktstr::commands
