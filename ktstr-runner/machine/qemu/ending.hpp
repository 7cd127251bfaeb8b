// Judges how a machine ended from what the monitor said and what is on the console. Pure.
#pragma once

#include "ktstr-runner/base/process.hpp"
#include "ktstr-runner/machine/ending.hpp"

#include <string_view>

namespace ktstr::machine::qemu {

// For a SHUTDOWN event with this reason (qapi/run-state.json, ShutdownCause).
Ending ending_of_shutdown(std::string_view reason, std::string_view console);

// For a QEMU that ended by itself.
Ending ending_of_exit(const ExitStatus& status, std::string_view complaints);

// The machine is stopped in a state that it does not come back from ("internal-error": KVM gave
// up).
Ending ending_of_state(std::string_view state, std::string_view complaints);

} // namespace ktstr::machine::qemu
