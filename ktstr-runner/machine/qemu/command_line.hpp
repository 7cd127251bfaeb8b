// The command line of QEMU for a machine: values in, argv out.
#pragma once

#include "ktstr-runner/machine/qemu/memory_layout.hpp"
#include "ktstr-runner/machine/qemu/version.hpp"
#include "ktstr-runner/machine/spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ktstr::machine::qemu {

// The rate of the time stamp counter of a machine that counts instructions: a nanosecond each.
inline constexpr std::uint64_t counted_khz = 1'000'000;

struct Facts {
    std::string program; // "qemu-system-x86_64", or its path
    Version version;
    Acceleration acceleration = Acceleration::tcg;
    std::uint64_t tsc_khz = 0;  // of the host, 0: not known
    bool deterministic = false; // its time is what its vCPUs have executed, one at a time
    std::vector<int> ram;       // descriptors of the RAM files, one a node
    int monitor = -1;           // descriptor of the socket that QMP is spoken on
    int state = -1;             // descriptor of a saved machine's state, -1: it is powered on
    bool ram_is_ours =
        true; // the RAM files may be written; else what is written stays in the process
};

// The kernel's command line: console, memory, window, clock, then the spec's own arguments.
std::string
kernel_command_line(const MachineSpec& spec, const MemoryLayout& layout, const Facts& facts);

std::vector<std::string>
command_line(const MachineSpec& spec, const MemoryLayout& layout, const Facts& facts);

// All of the command line that decides what the machine is: without descriptors and the paths of
// its kernel and initramfs, whose contents the caller knows.
Result<std::string> identity(const MachineSpec& spec, const Facts& facts);

} // namespace ktstr::machine::qemu
