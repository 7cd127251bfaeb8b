#include "guest/agent/test_cgroup.hpp"

#include <sys/stat.h>

namespace ktstr::guest {

namespace {

constexpr const char* directory = "/sys/fs/cgroup/test";

} // namespace

Problem TestCgroup::create() {
    struct stat status{};
    if (::stat("/sys/fs/cgroup/cgroup.procs", &status) != 0) {
        return "the test runs in no cgroup of its own (the kernel has no cgroup2)";
    }
    if (::mkdir(directory, 0755) != 0 && errno != EEXIST) {
        return errno_text("the test runs in no cgroup of its own: mkdir");
    }
    path_ = directory;
    return std::nullopt;
}

void TestCgroup::kill() const {
    if (!path_.empty()) {
        write_file(path_ + "/cgroup.kill", "1");
    }
}

} // namespace ktstr::guest
