#include "guest/engine/engine.hpp"

#include "guest/base/priority.hpp"
#include "guest/engine/handle.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <exception>

namespace ktstr::guest {

namespace {

SchedulerPlaces places_in_guest() {
    SchedulerPlaces places;
    auto own = places.cgroups + '/' + engine_cgroup + "/scheduler";
    if (::access(own.c_str(), F_OK) == 0) {
        places.own_cgroup = std::move(own);
    }
    return places;
}

} // namespace

int engine_main(RunScenario run) {
    ::prctl(PR_SET_NAME, engine_name);
    rise_above_tests();
    be_spared();
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr); // the agent has blocked all
    for (const int fd : {engine_control_fd, engine_listener_fd}) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    try {
        EngineServer server(
            Fd(engine_control_fd), Fd(engine_listener_fd), std::move(run), places_in_guest());
        server.serve();
        // All is told. What there is left to end, the agent ends with the cgroup.
        ::_exit(0);
    } catch (const std::exception& error) {
        write_file("/dev/kmsg", "<2>ktstr-engine: " + std::string(error.what()) + '\n');
        return 1;
    }
}

} // namespace ktstr::guest
