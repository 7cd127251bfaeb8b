// error: `llcs` is greater than `max_llcs`: the test does not allow the machine that it declares
use ktstr::prelude::*;

const ONE: Scheduler = Scheduler::named("one").binary_discover("scx_one").max_llcs(1);

#[ktstr_test(scheduler = ONE, llcs = 2)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
