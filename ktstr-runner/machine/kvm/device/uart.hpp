// A 16550A without a line: what the guest sends goes to the console's ring at once, nothing is ever
// received, and there is no interrupt. PC16550D data sheet, section 8.
#pragma once

#include "ktstr-runner/machine/kvm/device/console_ring.hpp"

#include <array>
#include <cstdint>

namespace ktstr::machine::kvm {

class Uart final {
public:
    static constexpr std::uint16_t port_count = 8;

    explicit Uart(ConsoleRing& out) : out_(&out) {}

    // `offset` is below port_count.
    std::uint8_t read(unsigned offset) const;
    void write(unsigned offset, std::uint8_t value);

    // Its registers, for a template.
    struct State {
        std::uint8_t interrupt_enable = 0;
        std::uint8_t fifo_control = 0;
        std::uint8_t line_control = 0;
        std::uint8_t modem_control = 0;
        std::uint8_t scratch = 0;
        std::uint8_t divisor_low = 1;
        std::uint8_t divisor_high = 0;
    };

    const State& state() const { return state_; }

    void set_state(const State& state) { state_ = state; }

private:
    bool divisor_selected() const { return (state_.line_control & 0x80) != 0; }

    ConsoleRing* out_;
    State state_;
};

} // namespace ktstr::machine::kvm
