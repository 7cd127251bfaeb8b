#include "ktstr-runner/base/matchers.hpp"
#include "ktstr-runner/machine/kvm/machine_state.hpp"

#include <gmock/gmock.h>

namespace ktstr::machine::kvm {

namespace {

MachineState some_state() {
    MachineState state{.uart = {}, .processors = std::vector(300, std::byte{7})};
    state.uart.scratch = 0x5a;
    return state;
}

} // namespace

TEST(MachineState, ComesBackAsItWas) {
    const auto bytes = to_bytes(some_state());
    const auto back = machine_state(bytes);
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->uart.scratch, 0x5a);
    EXPECT_EQ(back->processors, some_state().processors);
}

TEST(MachineState, CutAnywhereItIsRefused) {
    const auto bytes = to_bytes(some_state());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THAT(machine_state(std::span(bytes).first(size)), IsErrorWith("is cut or not one"));
    }
}

TEST(MachineState, WithSomethingBehindOrBeforeItIsRefused) {
    auto bytes = to_bytes(some_state());
    bytes.push_back(std::byte{0});
    EXPECT_THAT(machine_state(bytes), IsErrorWith("is cut or not one"));
    bytes.pop_back();
    bytes[0] ^= std::byte{1};
    EXPECT_THAT(machine_state(bytes), IsErrorWith("is cut or not one"));
}

} // namespace ktstr::machine::kvm
