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

Deputy::Deputy(std::int64_t limit_at_ns) {
    if (limit_at_ns != 0) {
        // The agent's policy is not inherited (SCHED_RESET_ON_FORK).
        thread_ = std::thread([this, limit_at_ns] { watch(limit_at_ns + grace_ns); });
    }
}

Deputy::~Deputy() {
    stand_down();
}

void Deputy::stand_down() {
    {
        const std::lock_guard lock(mutex_);
        off_duty_ = true;
    }
    relieved_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Deputy::watch(std::int64_t limit_at_ns) {
    // std::chrono::steady_clock is CLOCK_MONOTONIC.
    const std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(limit_at_ns)};
    std::unique_lock lock(mutex_);
    if (!relieved_.wait_until(lock, until, [this] { return off_duty_; })) {
        lock.unlock();
        demoted_ = demote_real_time_tasks();
    }
}

} // namespace ktstr::guest
