// What a machine's first program sets up beside the file systems.
#pragma once

#include "guest/agent/os.hpp"

#include <string>
#include <vector>

namespace ktstr::guest {

// Standard streams on /dev/console, which is made if it is not there.
void open_console();

// /dev/fd and the like.
void link_devices();

// Limits of an ordinary login, umask, host name, loopback interface, controllers of the root
// cgroup. Returns what could not be had.
std::vector<std::string> set_up_system();

} // namespace ktstr::guest
