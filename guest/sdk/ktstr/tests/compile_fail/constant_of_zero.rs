// error: `cores` is 0: an LLC has at least one core
use ktstr::prelude::*;

const CORES: u32 = 0;

#[ktstr_test(cores = CORES)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
