// What is asked of QEMU itself, by the symbols that it has for its modules.
#pragma once

#include <cstdint>

namespace ktstr::machine::qemu::turns {

// The name of a symbol that this QEMU lacks; null when it has all.
const char* find_emulator();

// The machine stops as soon as the main loop has its turn. Its event on the monitor is STOP.
void request_stop();

// The guest's clock (QEMU_CLOCK_VIRTUAL), in ns.
std::int64_t now();

// A timer of that clock, by which all vCPUs end their turns. With the big lock.
class Timer {
public:
    using Rings = void (*)();

    // One that is `idle_too` also ends the guest's idleness, which else is over at its own next
    // timer.
    void set(std::int64_t at, bool idle_too, Rings rings);
    void clear();

private:
    alignas(16) unsigned char qemu_timer_[128]{}; // QEMUTimer, of 48 bytes so far
    bool is_there_ = false;
    Rings rings_ = nullptr;
};

} // namespace ktstr::machine::qemu::turns
