// A test binary on the host itself: for listings and host-only tests. The binary takes our place
// (execve), so its output, exit code, signals and process id are what nextest sees, to the byte.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <string>
#include <vector>

namespace ktstr::protocol {

// Returns only when the program could not be started. Call it before anything blocks signals: the
// mask is inherited.
Error exec_natively(const std::vector<std::string>& argv);

} // namespace ktstr::protocol
