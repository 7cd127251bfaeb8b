// error: `threads` is 1 with `requires_smt`: the test does not allow the machine that it declares
use ktstr::prelude::*;

const SMT: Scheduler = Scheduler::named("smt").binary_discover("scx_smt").requires_smt(true);

#[ktstr_test(scheduler = SMT)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
