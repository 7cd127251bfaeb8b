#include "guest/init/power.hpp"

#include "guest/agent/os.hpp"

#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include <string>

namespace ktstr::guest {

namespace {

constexpr std::int64_t console_patience_ms = 500;

// A kernel that cannot power off halts for ever instead, and does not say so beforehand: what can
// do it is the firmware, ACPI or PSCI. A reset ends the machine too, since the host does not let it
// start again.
bool can_power_off() {
    return ::access("/sys/firmware/acpi", F_OK) == 0 ||
           ::access("/proc/device-tree/psci", F_OK) == 0;
}

// The serial line is slower than the way to the reboot.
void flush_console() {
    const Deadline patience(console_patience_ms);
    int queued = 0;
    while (::ioctl(STDERR_FILENO, TIOCOUTQ, &queued) == 0 && queued > 0 && !patience.passed()) {
        sleep_ms(1);
    }
}

} // namespace

void power_off() {
    if (can_power_off()) {
        ::reboot(RB_POWER_OFF);
    }
    ::reboot(RB_AUTOBOOT);
    while (true) {
        ::pause();
    }
}

void die(std::string_view what) {
    const auto line = "ktstr-init: " + std::string(what) + '\n';
    if (::write(STDERR_FILENO, line.data(), line.size()) > 0) {
        flush_console();
    }
    power_off();
}

} // namespace ktstr::guest
