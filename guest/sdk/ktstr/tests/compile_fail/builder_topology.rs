// error: `llcs` is 0: a machine has at least one LLC
use ktstr::prelude::*;

pub const NONE: Scheduler = Scheduler::named("none").topology(1, 0, 1, 1);

fn main() {}
