#include "guest/agent/standing.hpp"

#include <signal.h>
#include <sys/signalfd.h>

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

void Standing::renew() {
    starter = Starter(test_cgroup.path());
    memory = OutOfMemory();
}

} // namespace ktstr::guest
