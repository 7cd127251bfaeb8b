// What host and guest want of the emulator, by the window's header: that the machine stops where
// the guest waits, or at a time; that vCPUs take turns in an order of a seed's.
#pragma once

#include "ktstr-runner/machine/qemu/turns/window.hpp"

namespace ktstr::machine::qemu::turns {

// The machine goes on: what is wanted may be another. By the vCPUs' thread, with the big lock.
void look_at_wishes(Window& window);

// The vCPU that runs may end its turn here. By the vCPUs' thread, with the big lock, at a point
// that the guest decides.
void end_turn_by_chance();

// True when the machine is to stop here. By the vCPUs' thread, at a point that the guest decides.
bool is_to_stop(Window& window);

} // namespace ktstr::machine::qemu::turns
