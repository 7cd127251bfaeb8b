#include "guest/agent/health.hpp"

#include <signal.h>

namespace ktstr::guest {

namespace {

// Empty on a kernel that has no such file.
std::string word_of(const std::string& path) {
    auto text = read_file(path).value_or("");
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

} // namespace

std::string health(const Standing& standing) {
    auto text = "tainted " + word_of("/proc/sys/kernel/tainted") + ", out of memory " +
                std::to_string(standing.memory.kills()) + ", sched_ext";
    for (const auto* const name : {"state", "root/ops", "enable_seq"}) {
        text += ' ' + word_of(std::string("/sys/kernel/sched_ext/") + name);
    }
    if (standing.scheduler_pid > 0) {
        const bool lives = ::kill(standing.scheduler_pid, 0) == 0;
        text += lives ? ", its process lives" : ", its process is gone";
    }
    return text;
}

} // namespace ktstr::guest
