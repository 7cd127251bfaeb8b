#include "guest/agent/standing.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>

namespace ktstr::guest {

namespace {

Fd child_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    return Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

// A part of the memory that tests may miss.
constexpr std::uint64_t part_for_trace = 16;

Trace make_trace() {
    if (!is_told_to_trace(read_file("/proc/cmdline").value_or(""))) {
        return {};
    }
    return {tracefs,
            memory_bytes() / part_for_trace,
            static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN))};
}

} // namespace

Standing::Standing()
    : test_cgroup("test"), setup_cgroup("setup"), children(child_signals()), trace(make_trace()),
      starter(test_cgroup.path()) {}

void Standing::renew() {
    starter = Starter(test_cgroup.path());
    memory = OutOfMemory();
}

} // namespace ktstr::guest
