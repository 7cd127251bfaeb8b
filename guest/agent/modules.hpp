// Modules of the kernel that a job wants.
#pragma once

#include "guest/base/os.hpp"

#include <span>
#include <string>

namespace ktstr::guest {

// Loads them in this order, finit_module(2); one that is there already is no problem. The first
// that cannot be loaded is named, with the kernel's reason.
Problem load_modules(std::span<const std::string> paths);

} // namespace ktstr::guest
