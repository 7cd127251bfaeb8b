// error: `llcs` x `cores` x `threads` is greater than `max_cpus`: the test does not allow the machine that it declares
use ktstr::prelude::*;

const FEW: Scheduler = Scheduler::named("few").binary_discover("scx_few").max_cpus(4);

#[ktstr_test(scheduler = FEW, cores = 5)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
