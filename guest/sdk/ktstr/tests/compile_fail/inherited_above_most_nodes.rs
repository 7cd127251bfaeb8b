// error: `numa_nodes` is greater than `max_numa_nodes`: the test does not allow the machine that it declares
use ktstr::prelude::*;

const TWO: Scheduler = Scheduler::named("two").binary_discover("scx_two").topology(4, 4, 1, 1);

#[ktstr_test(scheduler = TWO, max_numa_nodes = 2)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
