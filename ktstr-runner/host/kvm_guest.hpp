// The tiny guest of the KVM probe: code of the architecture, and what it proves, step by step. It
// writes the number of each step before it begins, then `guest_done`, and halts; a step whose
// result is wrong is left with `guest_wrong` set in its number.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ktstr::host {

inline constexpr std::uint32_t guest_done = 0x600d;
inline constexpr std::uint32_t guest_wrong = 0x8000'0000;
inline constexpr std::size_t guest_memory_size = 0x10000;
inline constexpr std::size_t guest_step_offset = 0x5000;

// Name of a step for people: "lock cmpxchg16b".
std::string_view guest_step_name(std::uint32_t step);

// Whether this KVM has all that machine/kvm asks of one. Makes system calls only; sets errno.
bool has_what_machines_need(int kvm);

// Puts code and page tables into `memory` (guest physical 0, zeroed) and sets the vCPU's registers.
// Makes system calls only: runs in a child between fork and exit.
bool prepare_guest(int kvm, int vcpu, std::span<std::byte, guest_memory_size> memory);

} // namespace ktstr::host
