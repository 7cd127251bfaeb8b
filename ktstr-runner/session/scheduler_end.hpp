// A scheduler's ending in words: the one headline, the stable reason.
#pragma once

#include "guest/wire/messages.hpp"
#include "ktstr-runner/sidecar/sidecar.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ktstr::session {

// The reason for a fail, absent for an ending that is none (it ran until we stopped it).
std::optional<sidecar::Reason> trouble_of(wire::SchedulerEnd end);

// Of those of a story; nullptr when all is well.
const wire::SchedulerStory* first_in_trouble(const wire::Story& story);

// The stable name, as the sidecar has it: "bpf_error".
std::string_view name(wire::SchedulerEnd end);

// Whether the kernel ended it with an error of which it tells the text.
bool is_kernel_error(wire::SchedulerEnd end);

// "scheduler scx_foo left after 3.2 s: runnable task stall (comm:pid, 5.0 s)".
std::string headline_of(const wire::SchedulerStory& story);

} // namespace ktstr::session
