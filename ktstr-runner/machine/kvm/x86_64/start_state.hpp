// How the first CPU stands when it enters a kernel: in long mode, with the first 4 GiB mapped to
// themselves. Documentation/arch/x86/boot.rst, "64-bit boot protocol".
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <linux/kvm.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ktstr::machine::kvm::x86_64 {

// GDT and page tables at their places (image/x86_64/memory_map.hpp): memory from address 0 on.
std::vector<std::byte> start_tables();

// Sets the registers of a fresh vCPU; its other ones stay as KVM made them.
Result<> set_start_registers(int vcpu, std::uint64_t entry);

// MSRs that a kernel expects firmware to have set, on every vCPU: fast strings, and memory that is
// write-back unless a page table says otherwise (the window is).
Result<> set_start_msrs(int vcpu);

// The local APIC in x2APIC mode. A kernel that starts in the other one reads the MADT with that
// one's eyes, and leaves processors out whose ids have more than eight bits.
Result<> enter_x2apic_mode(int vcpu);

} // namespace ktstr::machine::kvm::x86_64
