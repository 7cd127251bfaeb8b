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

} // namespace

Standing::Standing()
    : test_cgroup("test"), setup_cgroup("setup"), children(child_signals()),
      starter(test_cgroup.path()) {}

void Standing::rehearse() {
    const auto launched = Starter(test_cgroup.path()).start({.argv = {"/proc/self/exe"}});
    if (launched.pid > 0) {
        ::waitpid(launched.pid, nullptr, 0);
    }
}

} // namespace ktstr::guest
