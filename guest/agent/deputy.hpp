// Deputy: what makes a time limit hold when the test's own real-time tasks fill every CPU. The
// agent is SCHED_FIFO at the highest priority, but a task of the same rank that never sleeps is
// never preempted. The kernel leaves ordinary tasks some time even then (the fair server,
// before 6.12 the RT throttling), so an ordinary thread watches the limit too, and when it passes
// without the agent having noticed, takes the test's tasks their real-time policy.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace ktstr::guest {

class Deputy final {
public:
    // Starts its thread: before the agent's own policy is raised, or with SCHED_RESET_ON_FORK.
    Deputy();
    Deputy(const Deputy&) = delete;
    Deputy& operator=(const Deputy&) = delete;
    ~Deputy();

    // `limit_at_ns`: CLOCK_MONOTONIC. Again after stand_down().
    void watch_until(std::int64_t limit_at_ns);

    // The agent is awake: nothing is left to do.
    void stand_down();

    // How many tasks lost their policy.
    int demoted() const { return demoted_; }

private:
    void watch();
    void set(std::int64_t limit_at_ns, bool dismissed);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::int64_t limit_at_ns_ = 0; // 0: none yet
    bool dismissed_ = false;
    std::atomic<int> demoted_ = 0;
    std::thread thread_;
};

} // namespace ktstr::guest
