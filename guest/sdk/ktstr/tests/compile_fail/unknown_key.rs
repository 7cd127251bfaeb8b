// error: has no key `duration`: did you mean `duration_s`?
use ktstr::prelude::*;

#[ktstr_test(duration = 5)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
