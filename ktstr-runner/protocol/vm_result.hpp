// VmResult: what a test's post_vm is given (docs/design/scheduler-tests.md).
#pragma once

#include "ktstr-runner/session/session.hpp"

#include <string>

namespace ktstr::protocol {

// The results of all the test's scenarios in one: phases one after the other under new numbers,
// checks and events of all, the worst verdict; of cgroups with the same name the last one's sums.
// Null when there was none.
Json merged_results(const Json& measurements);

// The JSON text for the crate.
std::string vm_result(const session::Outcome& outcome);

} // namespace ktstr::protocol
