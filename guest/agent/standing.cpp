#include "guest/agent/standing.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

namespace ktstr::guest {

namespace {

Fd child_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    return Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

constexpr auto clocksource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

// The kernel measures the TSC for a second after the boot, then stops all CPUs and changes over
// (arch/x86/kernel/tsc.c, tsc_refine_calibration_work).
constexpr std::int64_t clocksource_patience_ms = 3000;

void await_clocksource() {
    const Deadline patience(clocksource_patience_ms);
    while (!patience.passed() && read_file(clocksource).value_or("").starts_with("tsc-early")) {
        sleep_ms(5);
    }
}

} // namespace

Standing::Standing()
    : test_cgroup("test"), setup_cgroup("setup"), children(child_signals()),
      starter(test_cgroup.path()) {}

void Standing::renew() {
    starter = Starter(test_cgroup.path());
    memory = OutOfMemory();
}

void Standing::rehearse() {
    await_clocksource();
    const auto launched = Starter(test_cgroup.path()).start({.argv = {"/proc/self/exe"}});
    if (launched.pid > 0) {
        ::waitpid(launched.pid, nullptr, 0);
    }
}

} // namespace ktstr::guest
