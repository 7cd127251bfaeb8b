// What a machine is asked to be. Values only; the same spec means the same template on the same
// host.
#pragma once

#include "ktstr-runner/base/result.hpp"
#include "ktstr-runner/topology/topology.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ktstr::machine {

enum class Backend { kvm, qemu }; // our VMM; QEMU as a child process

enum class Acceleration { kvm, tcg };

inline constexpr std::uint64_t default_memory = 512ULL << 20;
inline constexpr std::uint64_t minimum_memory = 128ULL << 20;
inline constexpr std::uint64_t default_window = 256ULL << 20;

struct MachineSpec {
    Topology topology;
    std::uint64_t memory = default_memory; // bytes that the guest's kernel may use
    std::uint64_t window =
        default_window;           // bytes above them that it does not see (guest/wire/window.hpp)
    std::filesystem::path kernel; // bzImage or an ELF vmlinux with a PVH note
    std::filesystem::path initramfs; // the boot image
    bool loud = false; // the kernel says all it can on the console (after a failed boot)
    std::vector<std::string> kernel_arguments;
    // Its vCPUs have host CPUs of their own: they need not give them back when they are idle, and
    // its kernel may know that they are never taken away.
    bool real_time = false;
    bool forks = false; // it may be asked to serve forks, where the backend can
};

// Refuses what would take the machine from us: the console, the first program, the memory that the
// kernel may use, our own words, more than one word.
Result<> check_kernel_argument(std::string_view argument);

// Refuses memory and windows that no machine can have, each with its own message.
Result<> check_memory(const MachineSpec& spec);

} // namespace ktstr::machine
