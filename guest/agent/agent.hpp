// The agent: says Ready, takes the job, runs it, reports. Nothing is left to do but to switch off
// when it returns.
#pragma once

#include "guest/agent/window.hpp"

#include <string>
#include <vector>

namespace ktstr::guest {

// `boot_notes` go to the host as log frames. SIGCHLD must be blocked.
void serve(Window& window, const std::vector<std::string>& boot_notes);

} // namespace ktstr::guest
