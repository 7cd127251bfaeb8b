// A test on the host: same process group, same descriptors, as if nextest had started it without
// us.
#pragma once

#include "ktstr-runner/base/process.hpp"

#include <string>
#include <vector>

namespace ktstr::protocol {

// With `variables` ("NAME=value") over our environment. Signals that end tests reach the child by
// its process group; we outlive them to record how it ended.
Result<ExitStatus> run_on_host(const std::vector<std::string>& argv,
                               const std::vector<std::string>& variables = {});

} // namespace ktstr::protocol
