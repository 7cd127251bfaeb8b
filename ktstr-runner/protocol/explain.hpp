// What people see beside the test's own output.
#pragma once

#include "ktstr-runner/session/session.hpp"

#include <string>

namespace ktstr::protocol {

// The headline first, then what helps: details, measurements, timeline, the scheduler's words, the
// kernel's dump, the guest's tasks and console. Little when it passed.
void explain(const session::Outcome& outcome);

} // namespace ktstr::protocol
