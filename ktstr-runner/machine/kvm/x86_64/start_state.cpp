#include "ktstr-runner/machine/kvm/x86_64/start_state.hpp"

#include "ktstr-runner/base/x86_64/kvm_abi.hpp"
#include "ktstr-runner/machine/image/x86_64/memory_map.hpp"
#include "ktstr-runner/machine/kvm/call.hpp"

#include <array>
#include <cstring>
#include <span>

namespace ktstr::machine::kvm::x86_64 {

namespace {

namespace low = machine::x86_64::low;

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t large_page = 2 << 20;
constexpr std::uint64_t present_and_writable = 3;
constexpr std::uint64_t is_large = 1 << 7;
constexpr std::uint64_t directories = 4; // a GiB each

// Selectors that the protocol asks for: __BOOT_CS and __BOOT_DS.
constexpr std::uint16_t code_selector = 0x10;
constexpr std::uint16_t data_selector = 0x18;
constexpr std::uint64_t code_descriptor = 0x00af'9b00'0000'ffff; // 64-bit, execute and read
constexpr std::uint64_t data_descriptor = 0x00cf'9300'0000'ffff; // flat, read and write

void put(std::span<std::byte> low_memory, std::uint64_t at, std::uint64_t value) {
    std::memcpy(low_memory.data() + at, &value, sizeof value);
}

kvm_segment segment(std::uint16_t selector, std::uint8_t type, bool is_code) {
    return {.base = 0,
            .limit = 0xffff'ffff,
            .selector = selector,
            .type = type,
            .present = 1,
            .dpl = 0,
            .db = static_cast<std::uint8_t>(is_code ? 0 : 1),
            .s = 1,
            .l = static_cast<std::uint8_t>(is_code ? 1 : 0),
            .g = 1,
            .avl = 0,
            .unusable = 0,
            .padding = 0};
}

} // namespace

std::vector<std::byte> start_tables() {
    std::vector<std::byte> low_memory(low::page_tables + page * (2 + directories));
    put(low_memory, low::gdt + code_selector, code_descriptor);
    put(low_memory, low::gdt + data_selector, data_descriptor);
    const auto pointers = low::page_tables + page;
    put(low_memory, low::page_tables, pointers | present_and_writable);
    for (std::uint64_t gib = 0; gib < directories; ++gib) {
        const auto directory = pointers + page * (1 + gib);
        put(low_memory, pointers + 8 * gib, directory | present_and_writable);
        for (std::uint64_t entry = 0; entry < 512; ++entry) {
            const auto address = (gib * 512 + entry) * large_page;
            put(low_memory, directory + 8 * entry, address | present_and_writable | is_large);
        }
    }
    return low_memory;
}

Result<> set_start_registers(int vcpu, std::uint64_t entry) {
    constexpr std::uint64_t cr0_pe_et_ne_wp_pg = 0x8001'0031;
    constexpr std::uint64_t cr4_pae = 1 << 5;
    constexpr std::uint64_t efer_lme_lma = 1 << 8 | 1 << 10;
    kvm_sregs special{};
    TRY(KTSTR_KVM(vcpu, KVM_GET_SREGS, &special));
    special.cs = segment(code_selector, 0xb, true);
    special.ds = special.es = special.fs = special.gs = special.ss =
        segment(data_selector, 3, false);
    special.gdt.base = low::gdt;
    special.gdt.limit = data_selector + 7;
    special.idt.limit = 0;
    special.cr0 = cr0_pe_et_ne_wp_pg;
    special.cr3 = low::page_tables;
    special.cr4 = cr4_pae;
    special.efer = efer_lme_lma;
    TRY(KTSTR_KVM(vcpu, KVM_SET_SREGS, &special));
    kvm_regs registers{};
    registers.rip = entry;
    registers.rsi = low::boot_params;
    registers.rsp = low::stack;
    registers.rflags = 2; // the bit that is always set
    TRY(KTSTR_KVM(vcpu, KVM_SET_REGS, &registers));
    return {};
}

Result<> set_start_msrs(int vcpu) {
    constexpr std::uint32_t misc_enable = 0x1a0;
    constexpr std::uint32_t mtrr_default_type = 0x2ff;
    constexpr std::array entries{
        kvm_msr_entry{.index = misc_enable,       .reserved = 0, .data = 1    }, // fast strings
        kvm_msr_entry{
                      .index = mtrr_default_type, .reserved = 0, .data = 0x806}, // enabled, write-back
    };
    kvm_abi::Array<kvm_msr_entry> msrs{std::span<const kvm_msr_entry>(entries)};
    TRY_ASSIGN(const auto set, call(vcpu, kvm_abi::set_msrs, msrs.get(), "KVM_SET_MSRS"));
    if (set != static_cast<int>(entries.size())) {
        return fail(ErrorKind::environment, "KVM does not take the MSRs of a fresh vCPU");
    }
    return {};
}

Result<> enter_x2apic_mode(int vcpu) {
    constexpr std::uint64_t enabled_and_extended = 1 << 11 | 1 << 10; // IA32_APIC_BASE
    kvm_sregs special{};
    TRY(KTSTR_KVM(vcpu, KVM_GET_SREGS, &special));
    special.apic_base |= enabled_and_extended;
    TRY(KTSTR_KVM(vcpu, KVM_SET_SREGS, &special));
    return {};
}

} // namespace ktstr::machine::kvm::x86_64
