#include "ktstr-runner/base/threads.hpp"

#include "ktstr-runner/base/fd.hpp"
#include "ktstr-runner/base/text.hpp"

#include <algorithm>
#include <filesystem>

namespace ktstr {

std::vector<Thread> threads_of(pid_t process) {
    std::vector<Thread> threads;
    std::error_code error;
    std::filesystem::directory_iterator at("/proc/" + std::to_string(process) + "/task", error);
    for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
        const auto id = parse_u64(at->path().filename().string());
        const auto name = read_file(at->path() / "comm", 64);
        if (id && name) { // else it has ended since
            threads.push_back(
                {.id = static_cast<pid_t>(*id), .name = name->substr(0, name->find('\n'))});
        }
    }
    std::ranges::sort(threads, {}, &Thread::id);
    return threads;
}

} // namespace ktstr
