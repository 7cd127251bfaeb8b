// error: `llcs` x `cores` x `threads` is less than `min_cpus`: the test does not allow the machine that it declares
use ktstr::prelude::*;

const MANY: Scheduler = Scheduler::named("many").binary_discover("scx_many").min_cpus(8);

#[ktstr_test(scheduler = MANY, llcs = 2)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
