// error: `llcs` is greater than `max_llcs`: the test does not allow the machine that it declares
use ktstr::prelude::*;

const WIDE: Scheduler = Scheduler::named("wide").binary_discover("scx_wide").topology(1, 16, 2, 1);

#[ktstr_test(scheduler = WIDE, max_llcs = 12)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
