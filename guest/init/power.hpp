// The ways out: this program must never simply exit, since the kernel panics when PID 1 does.
#pragma once

#include <string_view>

namespace ktstr::guest {

[[noreturn]] void power_off();

// One line on the console, then power_off().
[[noreturn]] void die(std::string_view what);

} // namespace ktstr::guest
