#include "ktstr-runner/machine/kvm/device/uart.hpp"

namespace ktstr::machine::kvm {

namespace {

enum Register : unsigned {
    data = 0,             // or the divisor's low byte
    interrupt_enable = 1, // or its high byte
    interrupt_id = 2,     // read; written it is the FIFO control
    line_control = 3,
    modem_control = 4,
    line_status = 5,
    modem_status = 6,
    scratch = 7,
};

constexpr std::uint8_t transmitter_empty = 0x60; // holding register and shift register
constexpr std::uint8_t no_interrupt = 0x01;
constexpr std::uint8_t transmitter_wants = 0x02; // the id of "holding register empty"
constexpr std::uint8_t fifos_enabled = 0xc0;
constexpr std::uint8_t carrier_and_ready = 0xb0; // DCD, DSR, CTS
constexpr std::uint8_t loop = 0x10;

// In loop-back, the outputs of the modem control come back as the modem status.
std::uint8_t looped(std::uint8_t control) {
    const auto out = [control](unsigned bit) { return (control >> bit & 1U) != 0 ? 1U : 0U; };
    return static_cast<std::uint8_t>(out(0) << 5 | out(1) << 4 | out(2) << 6 | out(3) << 7);
}

} // namespace

std::uint8_t Uart::read(unsigned offset) const {
    switch (offset) {
    case data:
        return divisor_selected() ? state_.divisor_low : 0;
    case interrupt_enable:
        return divisor_selected() ? state_.divisor_high : state_.interrupt_enable;
    case interrupt_id: {
        const auto fifos = (state_.fifo_control & 1) != 0 ? fifos_enabled : std::uint8_t{0};
        const auto wants = (state_.interrupt_enable & 2) != 0 ? transmitter_wants : no_interrupt;
        return static_cast<std::uint8_t>(fifos | wants);
    }
    case line_control:
        return state_.line_control;
    case modem_control:
        return state_.modem_control;
    case line_status:
        return transmitter_empty;
    case modem_status:
        return (state_.modem_control & loop) != 0 ? looped(state_.modem_control)
                                                  : carrier_and_ready;
    case scratch:
        return state_.scratch;
    default:
        return 0xff;
    }
}

void Uart::write(unsigned offset, std::uint8_t value) {
    switch (offset) {
    case data:
        if (divisor_selected()) {
            state_.divisor_low = value;
        } else if ((state_.modem_control & loop) == 0) {
            out_->put(static_cast<char>(value));
        }
        break;
    case interrupt_enable:
        if (divisor_selected()) {
            state_.divisor_high = value;
        } else {
            state_.interrupt_enable = value & 0x0f;
        }
        break;
    case interrupt_id:
        state_.fifo_control = value;
        break;
    case line_control:
        state_.line_control = value;
        break;
    case modem_control:
        state_.modem_control = value & 0x1f;
        break;
    case scratch:
        state_.scratch = value;
        break;
    default:
        break; // the status registers are read-only
    }
}

} // namespace ktstr::machine::kvm
