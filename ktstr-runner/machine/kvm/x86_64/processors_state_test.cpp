#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/kvm/x86_64/processors_state.hpp"

#include <gmock/gmock.h>

namespace ktstr::machine::kvm::x86_64 {

namespace {

ProcessorsState two_vcpus() {
    ProcessorsState state;
    state.cpuid = {
        kvm_cpuid_entry2{.function = 1, .eax = 2}
    };
    state.clocks = {
        .tsc = 123, .kvmclock_ns = 456, .deadlines = {7, 0}
    };
    for (std::uint64_t rip : {0x1000U, 0x2000U}) {
        VcpuState vcpu{};
        vcpu.regs.rip = rip;
        vcpu.mp_state.mp_state = KVM_MP_STATE_HALTED;
        vcpu.xsave.assign(4096 + rip, std::byte{1});
        vcpu.msrs = {
            {.index = 0x1a0, .reserved = 0, .data = rip}
        };
        state.vcpus.push_back(std::move(vcpu));
    }
    return state;
}

} // namespace

TEST(ProcessorsState, ComesBackAsItWas) {
    const auto bytes = to_bytes(two_vcpus());
    const auto back = processors_state(bytes);
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(to_bytes(*back), bytes);
    ASSERT_EQ(back->cpuid.size(), 1U);
    EXPECT_EQ(back->cpuid[0].eax, 2U);
    EXPECT_EQ(back->clocks.tsc, 123U);
    EXPECT_EQ(back->clocks.deadlines, (std::vector<std::uint64_t>{7, 0}));
    ASSERT_EQ(back->vcpus.size(), 2U);
    EXPECT_EQ(back->vcpus[1].regs.rip, 0x2000U);
    EXPECT_EQ(back->vcpus[1].xsave.size(), 4096U + 0x2000);
    EXPECT_EQ(back->vcpus[0].msrs.at(0).data, 0x1000U);
}

TEST(ProcessorsState, CutAnywhereItIsRefused) {
    const auto bytes = to_bytes(two_vcpus());
    for (std::size_t size = 0; size < bytes.size(); size += 13) {
        EXPECT_THAT(processors_state(std::span(bytes).first(size)),
                    IsErrorWith("is cut or not one"));
    }
}

TEST(ProcessorsState, WithSomethingBehindItIsRefused) {
    auto bytes = to_bytes(two_vcpus());
    bytes.push_back(std::byte{0});
    EXPECT_THAT(processors_state(bytes), IsErrorWith("is cut or not one"));
}

TEST(ProcessorsState, ACountThatCannotBeIsRefused) {
    auto bytes = to_bytes(two_vcpus());
    constexpr std::size_t deadlines_at = 8 + sizeof(kvm_cpuid_entry2) + 16;
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[deadlines_at + i] = std::byte{0xff};
    }
    EXPECT_THAT(processors_state(bytes), IsErrorWith("is cut or not one"));
    EXPECT_THAT(processors_state(to_bytes(ProcessorsState{})), IsErrorWith("is cut or not one"));
}

} // namespace ktstr::machine::kvm::x86_64
