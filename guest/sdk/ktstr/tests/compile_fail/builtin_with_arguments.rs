// error: a scheduler of the kernel's own has no program to give `sched_args`
use ktstr::prelude::*;

const NONE: Scheduler = Scheduler::named("none").sched_args(&["-v"]);

#[ktstr_test(scheduler = NONE)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
