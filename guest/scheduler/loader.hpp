// A process whose output and end are watched by a thread of their own: the loader of a scheduler,
// or the commands that switch one on. The thread ranks above the tests, so that neither the log nor
// the moment of the end waits for a scheduler that misbehaves.
#pragma once

#include "guest/base/os.hpp"
#include "guest/scheduler/bounded_log.hpp"
#include "guest/scheduler/kernel_log.hpp"
#include "guest/scheduler/watchdog.hpp"

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ktstr::guest {

struct LoaderOrder {
    std::vector<std::string> argv;
    std::vector<std::string> environment; // "NAME=value", complete
    std::string cwd;
    std::string cgroup; // a directory of cgroup2; empty: the caller's
    std::string kernel_log = "/dev/kmsg";
    std::int64_t watchdog_ms = 0; // the kernel's limit for a runnable task; 0: the program's own
};

struct ProcessEnd {
    int status = 0;         // as wait(2) gives it
    std::int64_t at_ns = 0; // CLOCK_MONOTONIC
};

class Loader final {
public:
    // In a session of its own, as an ordinary task, stdin from /dev/null. problem() says why it
    // does not run.
    explicit Loader(const LoaderOrder& order);
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    // Kills it if it is alive, and what it left in its session's cgroup.
    ~Loader();

    const Problem& problem() const { return problem_; }

    pid_t pid() const { return pid_; }

    std::optional<ProcessEnd> end() const;

    // Waits for its end; false when the time is over.
    bool await_end(std::int64_t patience_ms) const;

    void signal(int number) const;

    // A scheduler of its was given the watchdog's limit, or none was asked for.
    bool has_watchdog_limit() const;

    // What it wrote so far.
    std::string output();

    // What the kernel said about sched_ext since the start.
    std::vector<std::string> kernel_lines();

    // When the kernel's line that a scheduler is disabled came; CLOCK_MONOTONIC.
    std::optional<std::int64_t> disabled_at();

private:
    static void run(const LoaderOrder& order, const Fd& output, const Fd& report, const Fd& go);
    void await_exec(const LoaderOrder& order, const Fd& report, Fd go);
    void watch();
    void take_output();
    void take_kernel_log();
    void take_end();

    Problem problem_;
    std::string cgroup_;
    pid_t pid_ = -1;
    Fd handle_; // pidfd
    Fd wake_;   // closed by the destructor; its other end wakes the thread
    Fd woken_;
    mutable std::mutex mutex_; // of all below
    Fd output_;
    KernelLog kernel_log_;
    std::optional<WatchdogOverride> watchdog_;
    BoundedLog log_;
    std::vector<std::string> kernel_lines_;
    std::optional<std::int64_t> disabled_at_;
    std::optional<ProcessEnd> end_;
    std::thread thread_;
};

} // namespace ktstr::guest
