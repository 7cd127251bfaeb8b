// SDM volume 3, 5.5 (4-level paging), 13 (XSAVE); Documentation/virt/kvm/api.rst.
#include "ktstr-runner/host/kvm_guest.hpp"

#include "ktstr-runner/base/x86_64/kvm_abi.hpp"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>

// rdi: the step's word; rsi: 16 aligned bytes of scratch; rdx is clobbered by cmpxchg16b; r8: XSAVE
// area.
asm(R"(
    .pushsection .rodata
    .globl ktstr_kvm_guest_begin, ktstr_kvm_guest_end
    .hidden ktstr_kvm_guest_begin, ktstr_kvm_guest_end
ktstr_kvm_guest_begin:
    movl $1, (%rdi)
    pushfq
    popq %rax
    leaq 1f(%rip), %rax
    pushq %rax
    ret
1:  movl $2, (%rdi)
    xorl %eax, %eax
    xorl %edx, %edx
    movl $0x1234, %ebx
    movl $0x5678, %ecx
    lock cmpxchg16b (%rsi)
    jnz 9f
    cmpq $0x5678, 8(%rsi)
    jne 9f
    movl $3, (%rdi)
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $3, %eax
    xsetbv
    movl $4, (%rdi)
    pcmpeqd %xmm7, %xmm7
    movl $3, %eax
    xorl %edx, %edx
    xsave64 (%r8)
    movl $5, (%rdi)
    pxor %xmm7, %xmm7
    xrstor64 (%r8)
    movq %xmm7, %rax
    cmpq $-1, %rax
    jne 9f
    movl $6, (%rdi)
    movl $50000000, %ecx
2:  decl %ecx
    jnz 2b
    movl $0x600d, (%rdi)
    hlt
9:  orl $0x80000000, (%rdi)
    hlt
ktstr_kvm_guest_end:
    .popsection
)");

extern "C" const unsigned char ktstr_kvm_guest_begin[]; // NOLINT(readability-identifier-naming)
extern "C" const unsigned char ktstr_kvm_guest_end[];

namespace ktstr::host {

namespace {

namespace at {

constexpr std::size_t pml4 = 0x1000;
constexpr std::size_t pdpt = 0x2000;
constexpr std::size_t directory = 0x3000;
constexpr std::size_t code = 0x4000;
constexpr std::size_t scratch = 0x5100;
constexpr std::size_t xsave_area = 0x6000;
constexpr std::size_t stack_top = 0x9000;

} // namespace at

constexpr std::array<std::string_view, 7> step_names{
    "the first instruction in long mode",
    "stack and return",
    "lock cmpxchg16b",
    "xsetbv",
    "xsave64",
    "xrstor64",
    "a loop of 50 million turns",
};

void put_entry(std::span<std::byte> memory, std::size_t offset, std::uint64_t entry) {
    std::memcpy(memory.data() + offset, &entry, sizeof entry);
}

bool give_all_cpuid(int kvm, int vcpu) {
    constexpr std::size_t most = 256;
    kvm_abi::Array<kvm_cpuid_entry2> cpuid(most);
    return ::ioctl(kvm, kvm_abi::get_supported_cpuid, cpuid.get()) == 0 &&
           ::ioctl(vcpu, kvm_abi::set_cpuid2, cpuid.get()) == 0;
}

bool enter_long_mode(int vcpu) {
    kvm_sregs s{};
    if (::ioctl(vcpu, KVM_GET_SREGS, &s) != 0) {
        return false;
    }
    constexpr std::uint64_t cr0 =
        1U << 0 | 1U << 1 | 1U << 4 | 1U << 5 | 1U << 16 | 1U << 31; // PE MP ET NE WP PG
    constexpr std::uint64_t cr4 =
        1U << 5 | 1U << 9 | 1U << 10 | 1U << 18;       // PAE OSFXSR OSXMMEXCPT OSXSAVE
    constexpr std::uint64_t efer = 1U << 8 | 1U << 10; // LME LMA
    s.cr0 = cr0;
    s.cr3 = at::pml4;
    s.cr4 = cr4;
    s.efer = efer;
    const kvm_segment code{
        .limit = 0xffff'ffff, .selector = 0x08, .type = 0xb, .present = 1, .s = 1, .l = 1, .g = 1};
    const kvm_segment data{
        .limit = 0xffff'ffff, .selector = 0x10, .type = 0x3, .present = 1, .db = 1, .s = 1, .g = 1};
    s.cs = code;
    s.ds = s.es = s.fs = s.gs = s.ss = data;
    return ::ioctl(vcpu, KVM_SET_SREGS, &s) == 0;
}

} // namespace

std::string_view guest_step_name(std::uint32_t step) {
    const auto index = step & ~guest_wrong;
    return index < step_names.size() ? step_names[index] : "an unknown step";
}

// Local APICs without the rest of the interrupt controllers, with ids of 32 bits; a filter is the
// system's own.
bool has_what_machines_need(int kvm) {
    constexpr std::array<unsigned long, 2> needed{KVM_CAP_SPLIT_IRQCHIP, KVM_CAP_X2APIC_API};
    for (const auto capability : needed) {
        if (::ioctl(kvm, KVM_CHECK_EXTENSION, capability) <= 0) {
            errno = EOPNOTSUPP;
            return false;
        }
    }
    return true;
}

bool prepare_guest(int kvm, int vcpu, std::span<std::byte, guest_memory_size> memory) {
    constexpr std::uint64_t present_writable = 0x3;
    constexpr std::uint64_t large_page = 0x80;
    put_entry(memory, at::pml4, at::pdpt | present_writable);
    put_entry(memory, at::pdpt, at::directory | present_writable);
    put_entry(memory, at::directory, large_page | present_writable); // the first 2 MiB, one to one
    const auto size = static_cast<std::size_t>(ktstr_kvm_guest_end - ktstr_kvm_guest_begin);
    std::memcpy(memory.data() + at::code, ktstr_kvm_guest_begin, size);
    const kvm_regs regs{.rsi = at::scratch,
                        .rdi = guest_step_offset,
                        .rsp = at::stack_top,
                        .r8 = at::xsave_area,
                        .rip = at::code,
                        .rflags = 2};
    return give_all_cpuid(kvm, vcpu) && enter_long_mode(vcpu) &&
           ::ioctl(vcpu, KVM_SET_REGS, &regs) == 0;
}

} // namespace ktstr::host
