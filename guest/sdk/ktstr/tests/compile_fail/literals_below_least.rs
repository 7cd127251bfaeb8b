// error: `llcs = 1` is less than `min_llcs = 2`: the test does not allow the machine that it declares
use ktstr::prelude::*;

#[ktstr_test(llcs = 1, min_llcs = 2)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
