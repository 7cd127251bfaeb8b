#include "guest/init/power.hpp"

#include "guest/base/os.hpp"

#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

namespace ktstr::guest {

namespace {

// A kernel that cannot power off halts for ever instead, and does not say so beforehand: what can
// do it is the firmware, ACPI or PSCI. A reset ends the machine too, since the host does not let it
// start again.
bool can_power_off() {
    return ::access("/sys/firmware/acpi", F_OK) == 0 ||
           ::access("/proc/device-tree/psci", F_OK) == 0;
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
    // In the kernel's log, as critical: that goes to the serial line however quiet it is to be.
    ::mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11)); // before /dev is mounted
    constexpr std::size_t longest = 900;                  // of 1024; more would be refused
    write_file("/dev/kmsg", "<2>ktstr-init: " + std::string(what.substr(0, longest)) + '\n');
    power_off();
}

} // namespace ktstr::guest
