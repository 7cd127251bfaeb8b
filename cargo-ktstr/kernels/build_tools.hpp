// What a kernel build needs on the host, checked before make starts.
#pragma once

#include "ktstr-runner/base/result.hpp"

namespace ktstr::kernels {

// An error names every missing program or header, and the Debian packages that have them.
Result<> check_build_tools();

} // namespace ktstr::kernels
