#include "guest/agent/engine.hpp"

#include "guest/base/cgroup.hpp"

#include <utility>

namespace ktstr::guest {

Problem have_engine(Standing& standing) {
    if (standing.engine) {
        return std::nullopt;
    }
    const Cgroup cgroup(engine_cgroup);
    if (cgroup.problem()) { // a test's end would be the end of it
        return cgroup.problem();
    }
    standing.engine = std::make_unique<EngineHandle>(cgroup.path());
    return standing.engine->problem();
}

std::optional<AttachFailure> attach_scheduler(const wire::Scheduler& scheduler,
                                              Standing& standing,
                                              Channel& channel,
                                              std::int64_t limit_at_ns,
                                              bool must_stay) {
    auto attached = standing.engine->attach(scheduler, [&] {
        return channel.stop_is_waiting() || (limit_at_ns != 0 && monotonic_ns() >= limit_at_ns);
    });
    const auto& schedulers = attached.story.schedulers;
    if (!attached.problem && must_stay && !schedulers.empty() &&
        schedulers.back().end != wire::SchedulerEnd::running) {
        attached.problem = "it has left again: " + schedulers.back().reason;
    }
    if (!attached.problem) {
        standing.scheduler_pid = schedulers.empty() ? 0 : schedulers.back().pid;
        return std::nullopt;
    }
    AttachFailure failure{.reason = "scheduler " + scheduler.name +
                                    " did not attach: " + *attached.problem};
    if (!attached.story.schedulers.empty()) {
        failure.log = std::move(attached.story.schedulers.back().log);
    }
    return failure;
}

void end_engine(Standing& standing, Channel& channel) {
    const auto engine = std::exchange(standing.engine, nullptr);
    if (!engine) {
        return;
    }
    bool heard = true; // one who does not read the first piece has no patience for the others
    const auto story = engine->finish([&](std::string_view piece) {
        heard = heard && channel.send(wire::FrameType::facts, piece);
    });
    channel.send(wire::FrameType::story, story);
}

} // namespace ktstr::guest
