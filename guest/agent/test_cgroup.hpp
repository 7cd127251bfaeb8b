// The cgroup (version 2) that the test's program runs in, and what the kernel says about memory
// that ran out.
#pragma once

#include "guest/agent/os.hpp"

#include <string>

namespace ktstr::guest {

class TestCgroup final {
public:
    // Makes the directory; on a kernel without cgroup2 path() stays empty and the test runs in
    // none.
    Problem create();

    const std::string& path() const { return path_; }

    // SIGKILL to all in it and below (kernel 5.14; elsewhere the caller's own loop does it alone).
    void kill() const;

    // Processes that the kernel killed since create() for want of the machine's own memory; a limit
    // that a test has set on a cgroup does not count.
    std::uint64_t out_of_memory_kills() const;

private:
    std::string path_;
};

} // namespace ktstr::guest
