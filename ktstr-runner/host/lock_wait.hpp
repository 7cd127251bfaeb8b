// Waiting for locks that others hold, with an end to it: flock(2) knows no time limit, and cannot
// wait for one of several.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/base/result.hpp"

#include <functional>
#include <span>

namespace ktstr::host {

// How long somebody is ready to wait.
struct Patience {
    Deadline deadline = Deadline::never();
    int wake_fd = -1; // when it becomes readable, `go_on` is asked
    std::function<bool()> go_on = [] { return false; };
};

// One lock of an open file that is wanted: LOCK_SH or LOCK_EX (flock(2)).
struct Wanted {
    int fd;
    int operation;
};

enum class Waited { had, gave_up };

// Waits until one of them is had, by the open file that the caller has, which may then have more
// than one. Each wait is a child process in flock(2) (a file that is locked by a child is locked by
// its parent, and a child can be stopped at any moment), so this process must have one thread.
Result<Waited> wait_for_one(std::span<const Wanted> wanted, const Patience& patience);

} // namespace ktstr::host
