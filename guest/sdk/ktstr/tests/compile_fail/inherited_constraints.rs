// error: `min_cpus` is greater than `max_cpus`
use ktstr::prelude::*;

const SMALL: Scheduler = Scheduler::named("small").binary_discover("scx_small").max_cpus(4);

#[ktstr_test(scheduler = SMALL, min_cpus = 8)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
