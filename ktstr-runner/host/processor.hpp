// What the host's processor is, as far as a guest that runs on it can tell.
#pragma once

#include <string>
#include <string_view>

namespace ktstr::host {

// Vendor, model, stepping, microcode and flags of the first processor, one line (proc_cpuinfo(5)).
std::string processor();

std::string parse_cpuinfo(std::string_view text);

// "AMD EPYC 7763 64-Core Processor", or its part's number where there is no name; empty when the
// kernel says neither.
std::string processor_model();

} // namespace ktstr::host
