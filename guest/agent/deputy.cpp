#include "guest/agent/deputy.hpp"

#include "guest/agent/tasks.hpp"
#include "guest/base/os.hpp"

#include <sched.h>

#include <chrono>

namespace ktstr::guest {

namespace {

// What the agent itself may need to notice: it sleeps until the limit, and a busy emulated CPU
// makes more of that.
constexpr std::int64_t grace_ns = 250'000'000;

} // namespace

Deputy::Deputy() : thread_([this] { watch(); }) {}

Deputy::~Deputy() {
    set(0, true);
    thread_.join();
}

void Deputy::watch_until(std::int64_t limit_at_ns) {
    set(limit_at_ns, false);
}

void Deputy::stand_down() {
    set(0, false);
}

void Deputy::set(std::int64_t limit_at_ns, bool dismissed) {
    const std::lock_guard lock(mutex_);
    limit_at_ns_ = limit_at_ns;
    dismissed_ = dismissed;
    changed_.notify_one();
}

void Deputy::watch() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return dismissed_ || limit_at_ns_ != 0; });
        if (dismissed_) {
            return;
        }
        const auto limit = limit_at_ns_;
        // std::chrono::steady_clock is CLOCK_MONOTONIC.
        const std::chrono::steady_clock::time_point until{
            std::chrono::nanoseconds(limit + grace_ns)};
        if (!changed_.wait_until(
                lock, until, [&] { return dismissed_ || limit_at_ns_ != limit; })) {
            demoted_ += demote_real_time_tasks();
            limit_at_ns_ = 0;
        }
    }
}

} // namespace ktstr::guest
