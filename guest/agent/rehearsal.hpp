// A rehearsal: the way of a job, gone once before the machine is saved. What kernel and agent do
// for the first time only (workers, caches, pages) is then done, and an emulator that goes on with
// the machine has translated their code.
#pragma once

#include "guest/wire/messages.hpp"

namespace ktstr::guest {

// A job that comes with no files: this program, as rehearse().
wire::Job rehearsal(bool lockstep);

// What wire::rehearsal is: some of what tests do, a thread, memory, a word on each stream. The exit
// code.
int rehearse();

// Until the kernel's clock source is the last one. It measures the TSC for a second after the boot,
// then stops all CPUs and changes over (arch/x86/kernel/tsc.c, tsc_refine_calibration_work).
void await_clocksource();

} // namespace ktstr::guest
