// The VMM: what runs in the process that is a machine. It maps the memory, makes the vCPUs, runs
// each on a thread, and obeys the runner at the other end of a socket.
#pragma once

#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"
#include "ktstr-runner/machine/image/x86_64/processors.hpp"
#include "ktstr-runner/machine/kvm/device/console_ring.hpp"
#include "ktstr-runner/machine/kvm/mapping.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ktstr::machine::kvm {

// All that a VMM begins with: made by the runner, inherited by fork.
struct VmmPlan {
    Topology topology;
    machine::x86_64::MemoryMap memory;
    std::uint64_t tsc_khz = 0;
    int ram = -1; // a file of memory.ram_size() bytes
    Mapping::Kind ram_kind = Mapping::Kind::shared;
    int window = -1;  // a file of memory.window.size bytes, shared with the runner
    int control = -1; // SOCK_SEQPACKET (vmm_protocol.hpp)
    int state = -1;   // a file in memory, into which Request::save writes
    ConsoleRing* console = nullptr;
    std::uint64_t entry = 0; // of the kernel; or, when there is a saved state:
    std::span<const std::byte> saved;
};

// Ends when the runner closes its end.
[[noreturn]] void run_vmm(const VmmPlan& plan);

} // namespace ktstr::machine::kvm
