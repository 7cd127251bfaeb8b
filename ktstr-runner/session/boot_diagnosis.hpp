// After a boot that failed without a word: boots once more with a loud console, for the kernel's
// own last words.
#pragma once

#include "ktstr-runner/base/deadline.hpp"
#include "ktstr-runner/machine/factory.hpp"

#include <string>

namespace ktstr::session {

// The console of a loud boot, followed until the machine ends, the agent answers, or the deadline.
Result<std::string>
loud_boot(const machine::Choice& choice, machine::MachineSpec spec, Deadline deadline);

} // namespace ktstr::session
