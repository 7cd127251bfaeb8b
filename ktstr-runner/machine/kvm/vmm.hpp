// The VMM: what runs in the process that is a machine. It maps the memory, makes the vCPUs, runs
// each on a thread, and obeys the runner at the other end of a socket.
#pragma once

#include "ktstr-runner/base/time_stamp.hpp"
#include "ktstr-runner/base/vcpu_counters.hpp"
#include "ktstr-runner/machine/image/memory_map.hpp"
#include "ktstr-runner/machine/kvm/device/console_ring.hpp"
#include "ktstr-runner/machine/kvm/kernel_in_memory.hpp"
#include "ktstr-runner/machine/kvm/mapping.hpp"
#include "ktstr-runner/machine/kvm/real_time.hpp"
#include "ktstr-runner/topology/topology.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ktstr::machine::kvm {

// What the VMM's process shares with the runner's beside the window, and what outlives it.
struct SharedState {
    static constexpr std::size_t most_vcpus = 1024; // Topology's limit

    ConsoleRing console;
    std::array<VcpuCounters, most_vcpus> counters{}; // as of the last Request::count
    bool halted_for_ever = false;                    // the same
    TimeStamp time_stamp;                            // of the last Request::time
    RealTime real_time;                              // what KVM gave, once the machine is there
};

// All that a VMM begins with: made by the runner, inherited by fork.
struct VmmPlan {
    Topology topology;
    bool real_time = false; // as in MachineSpec
    MemoryMap memory;
    std::uint64_t tsc_khz = 0;
    int ram = -1;      // a saved machine's, memory.ram_size() bytes; without one the memory is new.
    int window = -1;   // A file of memory.window.size bytes, shared with the runner.
    int doorbell = -1; // an eventfd, behind the window (guest/wire/window.hpp)
    int control = -1;  // SOCK_SEQPACKET (vmm_protocol.hpp)
    int state = -1;    // a file in memory, into which Request::save writes
    SharedState* shared = nullptr;
    const KernelInMemory* kernel = nullptr; // for new memory; for a saved machine's:
    std::span<const std::byte> saved;
};

// Ends when the runner closes its end.
[[noreturn]] void run_vmm(const VmmPlan& plan);

} // namespace ktstr::machine::kvm
