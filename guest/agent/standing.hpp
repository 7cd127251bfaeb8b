// Standing: what is made while the guest boots, so that it is in the template and no test pays for
// it.
#pragma once

#include "guest/agent/deputy.hpp"
#include "guest/agent/launch.hpp"
#include "guest/agent/memory.hpp"
#include "guest/agent/trace.hpp"
#include "guest/base/cgroup.hpp"
#include "guest/base/os.hpp"
#include "guest/engine/handle.hpp"

#include <memory>
#include <string>

namespace ktstr::guest {

struct Standing {
    Standing();

    // Behind a setup or a rehearsal: what that did to the process that waits, and the memory it ran
    // out of, are not the test's.
    void renew();

    Cgroup test_cgroup;
    Cgroup setup_cgroup;
    std::unique_ptr<EngineHandle> engine; // null: neither setup nor job wanted one
    int scheduler_pid = 0;                // of the one that is attached; 0: none, or it has none
    std::string set_up_health;            // health() behind the setup; empty: there was none
    Deputy deputy;
    OutOfMemory memory; // counts from here
    Fd children;        // signalfd of SIGCHLD
    Trace trace;        // of a machine that was told to have one
    Starter starter;    // of the job's program, unless that wants a terminal
};

} // namespace ktstr::guest
