// error: `llcs` is not a multiple of `numa_nodes`
use ktstr::prelude::*;

const TWO: Scheduler = Scheduler::named("two").binary_discover("scx_two").topology(2, 4, 2, 1);

#[ktstr_test(scheduler = TWO, llcs = 3)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
