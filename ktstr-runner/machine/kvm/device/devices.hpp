// All of a machine's I/O ports: the console, and the registers by which a kernel ends the machine.
// Every other port reads as a bus without a device.
#pragma once

#include "ktstr-runner/machine/kvm/device/uart.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

namespace ktstr::machine::kvm {

class Ports final {
public:
    enum class Wish { power_off, reset };

    explicit Ports(ConsoleRing& console) : uart_(console) {}

    // One access of data.size() bytes (1, 2 or 4), as KVM reports it. Called by any vCPU's thread.
    void read(std::uint16_t port, std::span<std::byte> data);
    std::optional<Wish> write(std::uint16_t port, std::span<const std::byte> data);

    Uart::State uart_state() const;
    void set_uart_state(const Uart::State& state);

private:
    mutable std::mutex mutex_; // of the UART: vCPUs write at the same time
    Uart uart_;
};

} // namespace ktstr::machine::kvm
