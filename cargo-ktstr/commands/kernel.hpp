// `cargo ktstr kernel`: makes, lists and finds kernels of the store.
#pragma once

#include "ktstr-runner/base/result.hpp"

#include <span>
#include <string>

namespace ktstr::commands {

// `arguments` are those after `kernel`. The value is the exit code.
Result<int> kernel_command(std::span<const std::string> arguments);

} // namespace ktstr::commands
