// Takes from this process all that a VMM does not need once its machine is made: capabilities, new
// privileges, and every system call but a few. What a guest could make of a bug in the VMM then has
// nowhere to go.
#pragma once

#include "ktstr-runner/base/result.hpp"

namespace ktstr::machine::kvm {

// For the calling thread and those that it starts from then on: no capability is left, and none can
// be had. capabilities(7), PR_SET_NO_NEW_PRIVS(2const).
Result<> drop_privileges();

// For all threads, for good. A call that is not allowed kills the process (SIGSYS). seccomp(2).
Result<> filter_system_calls();

} // namespace ktstr::machine::kvm
