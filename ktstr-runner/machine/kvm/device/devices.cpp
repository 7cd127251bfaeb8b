#include "ktstr-runner/machine/kvm/device/ports.hpp"

#include "ktstr-runner/machine/image/x86_64/acpi.hpp"

namespace ktstr::machine::kvm {

namespace {

namespace ports = machine::x86_64::ports;

std::optional<unsigned> in_uart(unsigned port) {
    const auto offset = port - ports::uart;
    return offset < Uart::port_count ? std::optional(offset) : std::nullopt;
}

} // namespace

// A wide access is one to each byte's port in turn.
void Ports::read(std::uint16_t port, std::span<std::byte> data) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto at = static_cast<unsigned>(port + i);
        if (const auto offset = in_uart(at)) {
            const std::scoped_lock lock(mutex_);
            data[i] = std::byte{uart_.read(*offset)};
        } else {
            data[i] = at == ports::sleep_status ? std::byte{0} : std::byte{0xff};
        }
    }
}

std::optional<Ports::Wish> Ports::write(std::uint16_t port, std::span<const std::byte> data) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto at = static_cast<unsigned>(port + i);
        const auto value = std::to_integer<std::uint8_t>(data[i]);
        if (const auto offset = in_uart(at)) {
            const std::scoped_lock lock(mutex_);
            uart_.write(*offset, value);
        } else if (at == ports::sleep_control && value == (machine::x86_64::sleep_enable |
                                                           machine::x86_64::sleep_type_off << 2)) {
            return Wish::power_off;
        } else if (at == ports::reset && value == machine::x86_64::reset_value) {
            return Wish::reset;
        }
    }
    return std::nullopt;
}

Uart::State Ports::uart_state() const {
    const std::scoped_lock lock(mutex_);
    return uart_.state();
}

void Ports::set_uart_state(const Uart::State& state) {
    const std::scoped_lock lock(mutex_);
    uart_.set_state(state);
}

} // namespace ktstr::machine::kvm
