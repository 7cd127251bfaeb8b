// The class above all that a test may do wrong.
#pragma once

namespace ktstr::guest {

// Makes the calling thread SCHED_FIFO of the highest priority: a scheduler under test that stalls
// its tasks must not stall what watches it. What it forks, threads too, starts as an ordinary task.
// A kernel that refuses loses only this.
void rise_above_tests();

// Lets the calling process be the last that a lack of memory ends. What it forks inherits that, and
// must call be_ordinary().
void be_spared();

// What be_spared() did, undone.
void be_ordinary();

} // namespace ktstr::guest
