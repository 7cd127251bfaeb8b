// One life of a scheduler under test, from its start to its end. Each life is told in a story.
#pragma once

#include "guest/base/os.hpp"
#include "guest/scheduler/ending.hpp"
#include "guest/scheduler/loader.hpp"
#include "guest/scheduler/sched_ext.hpp"
#include "guest/wire/messages.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace ktstr::guest {

// Where the kernel's files are; tests have others.
struct SchedulerPlaces {
    std::string sched_ext = "/sys/kernel/sched_ext";
    std::string cgroups = "/sys/fs/cgroup";
    std::string kernel_log = "/dev/kmsg";
    std::string sysrq = "/proc/sysrq-trigger";
    std::string own_cgroup; // of the loader, whole path; empty: the engine's
};

class Scheduler final {
public:
    Scheduler(wire::Scheduler what, SchedulerPlaces places);

    // Starts it and waits until the kernel says that it is attached, its process has ended, its
    // limit is over or `give_up` says so. What kept it from it is the problem, in one line.
    Problem attach(const std::function<bool()>& give_up);

    // Asks it to stop and waits until the kernel says that none is attached and its process has
    // ended; forces both after its limit.
    void detach();

    // The kernel has it and its process is there.
    bool is_attached() const;

    const wire::Scheduler& what() const { return what_; }

    pid_t pid() const { return loader_ ? loader_->pid() : -1; }

    // Up to now, or to its end.
    wire::SchedulerStory story() const;

private:
    bool is_builtin() const { return what_.argv.empty(); }

    Problem start();
    Problem attach_builtin(const std::function<bool()>& give_up);
    void detach_builtin();
    Problem await_enabled(const std::function<bool()>& give_up);
    bool was_enabled() const;
    bool has_stopped() const;
    bool await_stop(std::int64_t limit_ms) const;
    void force();
    std::int64_t ran_until() const;

    wire::Scheduler what_;
    SchedulerPlaces places_;
    SchedExt kernel_;
    std::unique_ptr<Loader> loader_;
    std::unique_ptr<Loader> enabler_; // a built-in one's first commands, once others disable it
    Course course_;                   // without what the loader knows
    std::string problem_;             // that is not the scheduler's
    std::int64_t started_ns_ = 0;
    std::int64_t attached_ns_ = 0;
    std::int64_t asked_ns_ = 0;
    std::int64_t stopped_ns_ = 0;
};

} // namespace ktstr::guest
