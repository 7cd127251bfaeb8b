// error: `llcs` is less than `min_llcs`: the test does not allow the machine that it declares
use ktstr::prelude::*;

declare_scheduler!(TWO, { name = "two", binary = "scx_two", topology = (1, 2, 2, 1) });

#[ktstr_test(scheduler = TWO, min_llcs = 3)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
