// What a machine's first program sets up beside the file systems.
#pragma once

#include "guest/base/os.hpp"

#include <string>
#include <vector>

namespace ktstr::guest {

// Standard streams to nowhere: what is to be said goes through the window or into the kernel's log.
void open_standard_streams();

// /dev/fd and the like.
void link_devices();

// Limits of an ordinary login, umask, host name, loopback interface, controllers of the root
// cgroup, no work of the kernel's own for an idle machine. Returns what could not be had.
std::vector<std::string> set_up_system();

} // namespace ktstr::guest
