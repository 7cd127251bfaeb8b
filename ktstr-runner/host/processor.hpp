// What the host's processor is, as far as a guest that runs on it can tell.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::host {

// Vendor, model, stepping, microcode and flags of the first processor, one line (proc_cpuinfo(5)).
std::string processor();

std::string parse_cpuinfo(std::string_view text);

} // namespace ktstr::host
