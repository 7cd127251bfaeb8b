#include "guest/agent/health.hpp"

#include <signal.h>

namespace ktstr::guest {

namespace {

// Empty on a kernel that has no such file.
std::string word_of(const char* path) {
    auto text = read_file(path).value_or("");
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

} // namespace

std::string health(const Standing& standing) {
    auto text = "tainted " + word_of("/proc/sys/kernel/tainted") + ", out of memory " +
                std::to_string(standing.memory.kills()) + ", sched_ext " +
                word_of("/sys/kernel/sched_ext/state") + ' ' +
                word_of("/sys/kernel/sched_ext/root/ops") + ' ' +
                word_of("/sys/kernel/sched_ext/enable_seq");
    if (standing.scheduler_pid > 0) {
        const bool lives = ::kill(standing.scheduler_pid, 0) == 0;
        text += lives ? ", its process lives" : ", its process is gone";
    }
    return text;
}

} // namespace ktstr::guest
