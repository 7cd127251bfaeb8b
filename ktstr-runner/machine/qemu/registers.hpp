// What QEMU's monitor prints of its vCPUs' registers, read.
#pragma once

#include "ktstr-runner/base/vcpu_place.hpp"

#include <string_view>
#include <vector>

namespace ktstr::machine::qemu {

// Of `info registers -a`, of an x86-64 guest; vCPUs in order. Empty when it is not that.
std::vector<VcpuPlace> places_in(std::string_view registers);

} // namespace ktstr::machine::qemu
