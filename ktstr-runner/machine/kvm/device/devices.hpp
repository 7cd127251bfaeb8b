// All that a guest reaches outside its memory: the console, and the registers by which a kernel
// ends the machine. Everything else reads as a bus without a device.
#pragma once

#include "ktstr-runner/machine/kvm/device/uart.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

namespace ktstr::machine::kvm {

enum class Space { ports, memory };

// Where an architecture's kernels look for them: all in one space.
struct DeviceMap {
    struct Register {
        std::uint64_t address;
        std::uint8_t value; // what does it; other values do nothing
    };

    Space space;
    std::uint64_t uart; // the first of Uart::port_count bytes
    Register power_off;
    Register reset;
    std::uint64_t sleep_status; // reads as 0 (ACPI 6.5, section 4.8.3.7)
};

class Devices final {
public:
    enum class Wish { power_off, reset };

    Devices(const DeviceMap& map, ConsoleRing& console) : map_(map), uart_(console) {}

    // One access of data.size() bytes (1, 2, 4 or 8), as KVM reports it. Called by any vCPU's
    // thread. A wide access is one to each byte's address in turn.
    void read(Space space, std::uint64_t address, std::span<std::byte> data);
    std::optional<Wish> write(Space space, std::uint64_t address, std::span<const std::byte> data);

    Uart::State uart_state() const;
    void set_uart_state(const Uart::State& state);

private:
    std::optional<unsigned> in_uart(std::uint64_t address) const;

    DeviceMap map_;
    mutable std::mutex mutex_; // of the UART: vCPUs write at the same time
    Uart uart_;
};

} // namespace ktstr::machine::kvm
