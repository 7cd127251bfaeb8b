#include "ktstr-runner/machine/kvm/device/devices.hpp"

namespace ktstr::machine::kvm {

std::optional<unsigned> Devices::in_uart(std::uint64_t address) const {
    const auto offset = address - map_.uart; // a lower address is a huge offset
    return offset < Uart::port_count ? std::optional(static_cast<unsigned>(offset)) : std::nullopt;
}

void Devices::read(Space space, std::uint64_t address, std::span<std::byte> data) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i] = std::byte{0xff};
        if (space != map_.space) {
            continue;
        }
        if (const auto offset = in_uart(address + i)) {
            const std::scoped_lock lock(mutex_);
            data[i] = std::byte{uart_.read(*offset)};
        } else if (address + i == map_.sleep_status) {
            data[i] = std::byte{0};
        }
    }
}

std::optional<Devices::Wish>
Devices::write(Space space, std::uint64_t address, std::span<const std::byte> data) {
    if (space != map_.space) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
        const auto at = address + i;
        const auto value = std::to_integer<std::uint8_t>(data[i]);
        if (const auto offset = in_uart(at)) {
            const std::scoped_lock lock(mutex_);
            uart_.write(*offset, value);
        } else if (at == map_.power_off.address && value == map_.power_off.value) {
            return Wish::power_off;
        } else if (at == map_.reset.address && value == map_.reset.value) {
            return Wish::reset;
        }
    }
    return std::nullopt;
}

Uart::State Devices::uart_state() const {
    const std::scoped_lock lock(mutex_);
    return uart_.state();
}

void Devices::set_uart_state(const Uart::State& state) {
    const std::scoped_lock lock(mutex_);
    uart_.set_state(state);
}

} // namespace ktstr::machine::kvm
