#include "guest/agent/test_cgroup.hpp"

#include <sys/stat.h>

#include <charconv>

namespace ktstr::guest {

namespace {

constexpr const char* directory = "/sys/fs/cgroup/test";

std::uint64_t machine_kills() {
    return counter(read_file("/proc/vmstat").value_or(""), "oom_kill");
}

} // namespace

std::uint64_t counter(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ') {
            std::uint64_t value = 0;
            std::from_chars(line.data() + name.size() + 1, line.data() + line.size(), value);
            return value;
        }
    }
    return 0;
}

Problem TestCgroup::create() {
    kills_before_ = machine_kills();
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

std::uint64_t TestCgroup::out_of_memory_kills() const {
    // `oom` counts the times that a limit in this cgroup or below was the cause.
    if (!path_.empty() && counter(read_file(path_ + "/memory.events").value_or(""), "oom") > 0) {
        return 0;
    }
    return machine_kills() - kills_before_;
}

} // namespace ktstr::guest
