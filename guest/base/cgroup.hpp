// A cgroup (version 2) for the processes of one kind: those of the test, those of the setup.
#pragma once

#include "guest/base/os.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace ktstr::guest {

class Cgroup final {
public:
    // Makes the directory /sys/fs/cgroup/<name>; on a kernel without cgroup2 path() stays empty,
    // problem() says why, and processes run in none.
    explicit Cgroup(std::string_view name);

    const std::string& path() const { return path_; }

    const Problem& problem() const { return problem_; }

    // True for a process that is in it or below, and for one that is gone.
    bool contains(pid_t pid) const;

    // Nobody is in it or below (cgroup.events). True also where there is no cgroup.
    bool empty() const;

    // SIGKILL to all in it and below (kernel 5.14; elsewhere the caller's own loop does it alone).
    void kill() const;

private:
    std::string name_;
    std::string path_;
    Problem problem_;
};

// True when `text`, of /proc/<pid>/cgroup, says that the process is in the cgroup or below.
bool tells_of_cgroup(std::string_view text, std::string_view name);

} // namespace ktstr::guest
