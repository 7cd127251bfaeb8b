// The threads of a process.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace ktstr {

struct Thread {
    pid_t id = 0;
    std::string name; // as the thread calls itself; at most 15 bytes

    bool operator==(const Thread&) const = default;
};

// By id; empty when the process is gone. /proc/PID/task (proc(5)).
std::vector<Thread> threads_of(pid_t process);

} // namespace ktstr
