#include "guest/agent/deputy.hpp"

#include "guest/agent/os.hpp"
#include "guest/agent/tasks.hpp"

#include <sched.h>

#include <chrono>

namespace ktstr::guest {

namespace {

// What the agent itself may need to notice: it sleeps up to 5 ms, a busy emulated CPU makes more of
// that.
constexpr std::int64_t grace_ns = 250'000'000;

} // namespace

Deputy::Deputy() : thread_([this] { watch(); }) {}

Deputy::~Deputy() {
    stand_down();
    thread_.join();
}

void Deputy::watch_until(std::int64_t limit_at_ns) {
    const std::lock_guard lock(mutex_);
    limit_at_ns_ = limit_at_ns;
    changed_.notify_one();
}

void Deputy::stand_down() {
    const std::lock_guard lock(mutex_);
    off_duty_ = true;
    changed_.notify_one();
}

void Deputy::watch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return off_duty_ || limit_at_ns_ != 0; });
    // std::chrono::steady_clock is CLOCK_MONOTONIC.
    const std::chrono::steady_clock::time_point until{
        std::chrono::nanoseconds(limit_at_ns_ + grace_ns)};
    if (!changed_.wait_until(lock, until, [this] { return off_duty_; })) {
        demoted_ = demote_real_time_tasks();
    }
}

} // namespace ktstr::guest
