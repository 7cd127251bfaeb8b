// Takes from this process all that a VMM does not need once its machine is made: capabilities, new
// privileges, and every system call but a few. What a guest could make of a bug in the VMM then has
// nowhere to go.
#pragma once

#include "ktstr-runner/base/result.hpp"

namespace ktstr::machine::kvm {

// For all threads, for good. A call that is not allowed kills the process (SIGSYS). seccomp(2),
// capabilities(7), PR_SET_NO_NEW_PRIVS(2const).
Result<> confine();

} // namespace ktstr::machine::kvm
