// What the agent does with the engine: has one when a setup or a job wants it, and passes on what
// it tells at the end.
#pragma once

#include "guest/agent/standing.hpp"
#include "guest/agent/window.hpp"
#include "guest/wire/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace ktstr::guest {

// Starts one unless there is one.
Problem have_engine(Standing& standing);

// Has the job's scheduler attached, not later than `limit_at_ns` (CLOCK_MONOTONIC, 0: no limit of
// the job's own) and not beyond a stop of the host's. What kept it from it, in one line. One that
// has left again is told of by the story; a machine that is to be saved must have it still.
struct AttachFailure {
    std::string reason;
    std::string log; // of the scheduler
};

std::optional<AttachFailure> attach_scheduler(const wire::Scheduler& scheduler,
                                              Standing& standing,
                                              Channel& channel,
                                              std::int64_t limit_at_ns,
                                              bool must_stay);

// Has it finish, and sends its facts and its story; does nothing when there is none.
void end_engine(Standing& standing, Channel& channel);

} // namespace ktstr::guest
