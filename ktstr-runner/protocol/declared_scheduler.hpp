// One declared scheduler as the guest gets it.
#pragma once

#include "ktstr-runner/session/prepare.hpp"
#include "ktstr-runner/variants/declarations.hpp"

#include <filesystem>

namespace ktstr::protocol {

// Adds the configuration files that it needs in the guest to `program`. Its arguments: those for
// its configuration, for its cgroup, its own, the test's. `loader` is empty for a builtin one.
Result<wire::Scheduler> make_scheduler(const variants::Scheduler& scheduler,
                                       const variants::Test& test,
                                       const std::filesystem::path& loader,
                                       session::Program& program);

} // namespace ktstr::protocol
